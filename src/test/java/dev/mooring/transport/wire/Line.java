package dev.mooring.transport.wire;

import java.io.IOException;
import java.io.InputStream;

/** What carries a client's bytes. */
public interface Line {
  InputStream in();

  void write(byte[] bytes) throws IOException;

  /** Ends this side; the server's stays. */
  void halfClose() throws IOException;

  /** Ends it at once, whatever is on its way. */
  void reset() throws IOException;

  void close() throws IOException;
}
