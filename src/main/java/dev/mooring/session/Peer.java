package dev.mooring.session;

import dev.mooring.guest.ValueType;
import io.netty.buffer.ByteBuf;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The session's client, as the session sees it. Messages leave in the order of the calls; they may
 * wait until {@link #flush}.
 *
 * <p>Event loop only. Every buffer is borrowed for the duration of the method.
 */
public interface Peer {
  void opened(Opening opening);

  /** A call's success; {@code values} are raw bits. */
  void result(long id, List<ValueType> types, long[] values, ByteBuf output);

  /** A call's failure. */
  void error(long id, Problem problem);

  /** An event, whose payload is {@code length} of the {@code bytes} from {@code index} on. */
  void event(ByteBuf bytes, int index, int length);

  void pong(long token);

  void goAway(long lastId, GoAwayReason reason, String message);

  /** Sends what has been written so far. */
  void flush();

  /** Whether what is written now would leave soon; when that changes, the session is told. */
  boolean isWritable();

  /**
   * Whether so much waits for all clients together, and much of it for this one, that no further
   * call of its is taken.
   */
  boolean isServerOverloaded();

  /** Stops reading for this reason, if it isn't stopped for it already. */
  void pause(PauseReason reason);

  /** Takes a reason away; reading goes on when none is left. */
  void resume(PauseReason reason);

  /** The last word, then the end of the connection. Nothing follows. */
  void end(Ending ending);

  /** Bytes of the messages that came from it. */
  long bytesIn();

  /** Bytes of the messages that were sent to it. */
  long bytesOut();

  /** Whose certificate it proved to have; null if none. */
  default @Nullable X500Principal certificate() {
    return null;
  }

  /** Who it is, for the log. */
  String address();
}
