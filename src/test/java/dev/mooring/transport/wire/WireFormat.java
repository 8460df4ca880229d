package dev.mooring.transport.wire;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A wire's messages as bytes, as a client has them: written without the server's code. */
public interface WireFormat {
  byte[] open(String module);

  /** Each argument is an {@link Integer} or a {@link Long}. */
  byte[] call(long id, String function, byte[] input, Object... arguments);

  byte[] cancel(long id);

  byte[] ping(long token);

  byte[] close();

  /** How a message begins that is so long. */
  byte[] beginning(int messageBytes);

  /** What no message begins with. */
  byte[] garbage();

  /** Reads a message; null if there is none before the end. */
  @Nullable Heard read(InputStream in) throws IOException;
}
