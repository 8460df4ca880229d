package dev.mooring.transport.wire.mooring;

/** What the server calls itself to its clients. */
final class ServerName {
  static final String NAME = "mooring/" + version();

  private ServerName() {}

  private static String version() {
    String version = ServerName.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
