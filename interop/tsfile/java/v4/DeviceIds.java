import org.apache.tsfile.file.metadata.IDeviceID;

/** Devices as version 4 has them. */
final class DeviceIds {
  private DeviceIds() {}

  static IDeviceID of(String path) {
    return IDeviceID.Factory.DEFAULT_FACTORY.create(path);
  }
}
