import org.apache.tsfile.file.metadata.IDeviceID;
import org.apache.tsfile.file.metadata.PlainDeviceID;

/** Devices as version 3 has them. */
final class DeviceIds {
  private DeviceIds() {}

  static IDeviceID of(String path) {
    return new PlainDeviceID(path);
  }
}
