import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tsfile.common.conf.TSFileDescriptor;
import org.apache.tsfile.enums.TSDataType;
import org.apache.tsfile.file.metadata.enums.CompressionType;
import org.apache.tsfile.file.metadata.enums.TSEncoding;
import org.apache.tsfile.utils.Binary;
import org.apache.tsfile.write.chunk.AlignedChunkWriterImpl;
import org.apache.tsfile.write.chunk.ChunkWriterImpl;
import org.apache.tsfile.write.schema.IMeasurementSchema;
import org.apache.tsfile.write.schema.MeasurementSchema;
import org.apache.tsfile.write.writer.TsFileIOWriter;

/**
 * Writes files with the official writer, from schemas and rows as the README describes them.
 *
 * <p>Arguments: rows of a page, then for every file: schema, rows, the file to write.
 */
public final class WriteFiles {
  private record Series(String measurement, TSDataType type, IMeasurementSchema schema, TreeMap<Long, String> rows) {}

  private record Device(String path, boolean isAligned, Map<String, Series> series) {}

  private WriteFiles() {}

  public static void main(String[] args) throws Exception {
    TSFileDescriptor.getInstance().getConfig().setMaxNumberOfPointsInPage(Integer.parseInt(args[0]));
    for (int i = 1; i + 2 < args.length; i += 3) {
      write(read(Path.of(args[i]), Path.of(args[i + 1])), new File(args[i + 2]));
    }
  }

  private static Map<String, Device> read(Path schema, Path rows) throws Exception {
    Map<String, Device> devices = new LinkedHashMap<>();
    for (String line : Files.readAllLines(schema)) {
      String[] fields = line.split("\t");
      boolean isAligned = fields[1].equals("aligned");
      Device device = devices.computeIfAbsent(fields[0], path -> new Device(path, isAligned, new LinkedHashMap<>()));
      TSDataType type = TSDataType.valueOf(fields[3]);
      TSEncoding encoding = TSEncoding.valueOf(fields[4]);
      CompressionType compression = CompressionType.valueOf(fields[5]);
      // With properties, even none, the encoders of decimal numbers take their usual number of digits.
      IMeasurementSchema measurement = new MeasurementSchema(fields[2], type, encoding, compression, Map.of());
      device.series.put(fields[2], new Series(fields[2], type, measurement, new TreeMap<>()));
    }
    for (String line : Files.readAllLines(rows)) {
      String[] fields = line.split("\t", -1);
      devices.get(fields[0]).series.get(fields[1]).rows.put(Long.parseLong(fields[3]), fields[4]);
    }
    return devices;
  }

  /** Two chunk groups for each device: two thirds of its times, then the rest. */
  private static void write(Map<String, Device> devices, File file) throws Exception {
    try (TsFileIOWriter writer = new TsFileIOWriter(file)) {
      for (int part = 0; part < 2; part++) {
        for (Device device : devices.values()) {
          List<Long> times = partOf(timesOf(device), part);
          if (times.isEmpty()) continue;
          writer.startChunkGroup(DeviceIds.of(device.path));
          if (device.isAligned) writeAligned(device, times, writer);
          else writePlain(device, times, writer);
          writer.endChunkGroup();
        }
      }
      writer.endFile();
    }
  }

  private static List<Long> timesOf(Device device) {
    SortedMap<Long, Boolean> times = new TreeMap<>();
    for (Series series : device.series.values()) for (Long time : series.rows.keySet()) times.put(time, true);
    return new ArrayList<>(times.keySet());
  }

  private static List<Long> partOf(List<Long> times, int part) {
    int middle = times.size() * 2 / 3;
    return part == 0 ? times.subList(0, middle) : times.subList(middle, times.size());
  }

  private static void writePlain(Device device, List<Long> times, TsFileIOWriter writer) throws Exception {
    for (Series series : device.series.values()) {
      ChunkWriterImpl chunk = new ChunkWriterImpl(series.schema);
      for (long time : times) if (series.rows.containsKey(time)) put(chunk, series.type, time, series.rows.get(time));
      chunk.writeToFileWriter(writer);
    }
  }

  private static void put(ChunkWriterImpl chunk, TSDataType type, long time, String value) {
    switch (type) {
      case BOOLEAN -> chunk.write(time, Boolean.parseBoolean(value));
      case INT32, DATE -> chunk.write(time, Integer.parseInt(value));
      case INT64, TIMESTAMP -> chunk.write(time, Long.parseLong(value));
      case FLOAT -> chunk.write(time, floatOf(value));
      case DOUBLE -> chunk.write(time, doubleOf(value));
      default -> chunk.write(time, new Binary(HexFormat.of().parseHex(value)));
    }
  }

  private static void writeAligned(Device device, List<Long> times, TsFileIOWriter writer) throws Exception {
    List<IMeasurementSchema> schemas = new ArrayList<>();
    for (Series series : device.series.values()) schemas.add(series.schema);
    AlignedChunkWriterImpl chunks = new AlignedChunkWriterImpl(schemas);
    for (long time : times) {
      for (Series series : device.series.values()) put(chunks, series.type, time, series.rows.get(time));
      chunks.write(time);
    }
    chunks.writeToFileWriter(writer);
  }

  private static void put(AlignedChunkWriterImpl chunks, TSDataType type, long time, String value) {
    boolean isNull = value == null;
    switch (type) {
      case BOOLEAN -> chunks.write(time, !isNull && Boolean.parseBoolean(value), isNull);
      case INT32, DATE -> chunks.write(time, isNull ? 0 : Integer.parseInt(value), isNull);
      case INT64, TIMESTAMP -> chunks.write(time, isNull ? 0L : Long.parseLong(value), isNull);
      case FLOAT -> chunks.write(time, isNull ? 0f : floatOf(value), isNull);
      case DOUBLE -> chunks.write(time, isNull ? 0d : doubleOf(value), isNull);
      default -> chunks.write(time, isNull ? null : new Binary(HexFormat.of().parseHex(value)), isNull);
    }
  }

  private static float floatOf(String hex) {
    return hex.equals("nan") ? Float.NaN : Float.intBitsToFloat(Integer.parseUnsignedInt(hex, 16));
  }

  private static double doubleOf(String hex) {
    return hex.equals("nan") ? Double.NaN : Double.longBitsToDouble(Long.parseUnsignedLong(hex, 16));
  }
}
