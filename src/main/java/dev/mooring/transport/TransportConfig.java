package dev.mooring.transport;

/**
 * How connections are kept.
 *
 * @param eventLoops how many event loops, each a thread
 * @param backlog connections that the operating system may hold until they are accepted
 * @param frameBytes the longest message that is read
 * @param writeLowBytes how little must wait to be written before a session goes on
 * @param writeHighBytes how much may wait to be written before a session stops
 * @param lingerMillis how long a connection that the server ended may take to read the last word
 */
public record TransportConfig(
    int eventLoops,
    int backlog,
    int frameBytes,
    int writeLowBytes,
    int writeHighBytes,
    int lingerMillis) {
  /** What a server does if its operator says nothing. */
  public static final TransportConfig DEFAULTS =
      new TransportConfig(
          Runtime.getRuntime().availableProcessors(), 1_024, 4 << 20, 32 << 10, 64 << 10, 2_000);

  public TransportConfig {
    require(eventLoops >= 1, "eventLoops", eventLoops, "1");
    require(backlog >= 1, "backlog", backlog, "1");
    require(frameBytes >= 1_024, "frameBytes", frameBytes, "1024");
    require(writeLowBytes >= 0, "writeLowBytes", writeLowBytes, "0");
    require(writeHighBytes > writeLowBytes, "writeHighBytes", writeHighBytes, "writeLowBytes + 1");
    require(lingerMillis >= 1, "lingerMillis", lingerMillis, "1");
  }

  private static void require(boolean condition, String name, int value, String least) {
    if (!condition) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
    }
  }
}
