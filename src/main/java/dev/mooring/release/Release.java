package dev.mooring.release;

/** The release that this is. Any thread. */
public final class Release {
  private Release() {}

  /** The version that the jar was built as; 'development' for classes outside of a jar. */
  public static String version() {
    String version = Release.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
