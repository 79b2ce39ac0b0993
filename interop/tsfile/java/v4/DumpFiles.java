import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tsfile.enums.TSDataType;
import org.apache.tsfile.file.metadata.IDeviceID;
import org.apache.tsfile.file.metadata.TimeseriesMetadata;
import org.apache.tsfile.file.metadata.statistics.Statistics;
import org.apache.tsfile.read.TsFileReader;
import org.apache.tsfile.read.TsFileSequenceReader;
import org.apache.tsfile.read.common.Field;
import org.apache.tsfile.read.common.Path;
import org.apache.tsfile.read.common.RowRecord;
import org.apache.tsfile.read.expression.QueryExpression;
import org.apache.tsfile.read.query.dataset.QueryDataSet;
import org.apache.tsfile.utils.Binary;

/**
 * Dumps files with the official reader: every row, and the statistics of every series, as the README describes it.
 *
 * <p>Arguments, for every file: the file, the dump of its rows, the dump of its statistics.
 */
public final class DumpFiles {
  private DumpFiles() {}

  public static void main(String[] args) throws Exception {
    for (int i = 0; i + 2 < args.length; i += 3) {
      try (TsFileSequenceReader reader = new TsFileSequenceReader(args[i]);
          PrintWriter rows = new PrintWriter(args[i + 1], StandardCharsets.UTF_8);
          PrintWriter statistics = new PrintWriter(args[i + 2], StandardCharsets.UTF_8)) {
        dump(reader, rows, statistics);
      }
    }
  }

  private static void dump(TsFileSequenceReader reader, PrintWriter rows, PrintWriter statistics) throws Exception {
    TsFileReader query = new TsFileReader(reader);
    Map<String, IDeviceID> devices = new TreeMap<>();
    for (IDeviceID device : reader.getAllDevices()) devices.put(device.toString(), device);
    for (IDeviceID device : devices.values()) {
      Map<String, TimeseriesMetadata> series = new TreeMap<>(reader.readDeviceMetadata(device));
      for (TimeseriesMetadata metadata : series.values()) {
        String measurement = metadata.getMeasurementId();
        TSDataType type = metadata.getTsDataType();
        statistics.println(describe(device + "\t" + measurement, type, metadata.getStatistics()));
        if (type == TSDataType.VECTOR) continue;
        List<Path> paths = new ArrayList<>(Collections.singletonList(new Path(device, measurement, false)));
        QueryDataSet data = query.query(QueryExpression.create(paths, null));
        while (data.hasNext()) {
          RowRecord row = data.next();
          Field field = row.getFields().get(0);
          if (field == null || field.getDataType() == null) continue;
          rows.println(device + "\t" + measurement + "\t" + type + "\t" + row.getTimestamp() + "\t" + value(field, type));
        }
      }
    }
  }

  private static String value(Field field, TSDataType type) {
    return switch (type) {
      case BOOLEAN -> String.valueOf(field.getBoolV());
      case INT32 -> String.valueOf(field.getIntV());
      case DATE -> field.getDateV().toString().replace("-", "");
      case INT64, TIMESTAMP -> String.valueOf(field.getLongV());
      case FLOAT -> hex(field.getFloatV());
      case DOUBLE -> hex(field.getDoubleV());
      default -> HexFormat.of().formatHex(field.getBinaryV().getValues());
    };
  }

  private static String describe(String name, TSDataType type, Statistics<?> it) {
    StringBuilder text = new StringBuilder(name);
    text.append('\t').append(it.getCount());
    if (it.getCount() == 0) return text.toString();
    text.append('\t').append(it.getStartTime()).append('\t').append(it.getEndTime());
    boolean hasOrder = type != TSDataType.BOOLEAN && type != TSDataType.TEXT;
    if (type == TSDataType.VECTOR || type == TSDataType.BLOB) return text.toString();
    if (hasOrder) text.append("\tmin ").append(plain(it.getMinValue())).append("\tmax ").append(plain(it.getMaxValue()));
    text.append("\tfirst ").append(plain(it.getFirstValue())).append("\tlast ").append(plain(it.getLastValue()));
    switch (type) {
      case BOOLEAN, INT32, DATE -> text.append("\tsum ").append(it.getSumLongValue());
      case INT64, TIMESTAMP, FLOAT, DOUBLE -> text.append("\tsum ").append(hex(it.getSumDoubleValue()));
      default -> {}
    }
    return text.toString();
  }

  private static String plain(Object value) {
    if (value instanceof Float number) return hex(number);
    if (value instanceof Double number) return hex(number);
    if (value instanceof Binary binary) return HexFormat.of().formatHex(binary.getValues());
    return String.valueOf(value);
  }

  private static String hex(float value) {
    return Float.isNaN(value) ? "nan" : String.format("%08x", Float.floatToRawIntBits(value));
  }

  private static String hex(double value) {
    return Double.isNaN(value) ? "nan" : String.format("%016x", Double.doubleToRawLongBits(value));
  }
}
