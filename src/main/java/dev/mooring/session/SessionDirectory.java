package dev.mooring.session;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which event loop a session lives on, by its id. It holds the sessions that were opened and
 * haven't ended, whether on a connection or not.
 *
 * <p>Thread-safe. What it answers is so at that moment: the session may have ended, or gone
 * elsewhere, when the loop is asked.
 */
public final class SessionDirectory {
  private final ConcurrentHashMap<String, SessionLoop> loops = new ConcurrentHashMap<>();

  /** The loop that a session lives on; null if there is no such session. */
  public @Nullable SessionLoop find(String sessionId) {
    return loops.get(sessionId);
  }

  /** Each session's loop, by its id; those that come or go meanwhile may be missing. */
  Iterable<Map.Entry<String, SessionLoop>> entries() {
    return loops.entrySet();
  }

  /** How many sessions there are. */
  public int size() {
    return loops.size();
  }

  void add(String sessionId, SessionLoop loop) {
    SessionLoop other = loops.putIfAbsent(sessionId, loop);
    if (other != null) {
      throw new IllegalStateException("session " + sessionId + " is there twice");
    }
  }

  void remove(String sessionId) {
    loops.remove(sessionId);
  }
}
