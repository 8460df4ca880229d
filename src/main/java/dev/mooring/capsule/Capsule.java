package dev.mooring.capsule;

import dev.mooring.guest.call.RecordedCall;
import dev.mooring.state.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A call that failed, the state before it, and the modules that it takes to make it again. The
 * state names its module.
 *
 * @param server the version of the server that made it
 * @param session whose call it was
 * @param module the reference by which its client opened it
 * @param takenMillis when it failed, in milliseconds since 1970
 * @param modules as a store has them, by the keys that it has for them
 */
public record Capsule(
    String server,
    String session,
    String module,
    long takenMillis,
    RecordedCall call,
    SessionState state,
    Map<String, byte[]> modules) {
  /** What a capsule's file is called ends so. */
  public static final String SUFFIX = ".capsule";

  public Capsule {
    modules = Map.copyOf(modules);
  }

  /**
   * Reads a file.
   *
   * @throws CapsuleException if it is none, or damaged, or of another version
   * @throws IOException if it can't be read
   */
  public static Capsule read(Path file) throws IOException {
    if (Files.size(file) > CapsuleFormat.MAX_BYTES) {
      throw new CapsuleException("it is longer than a capsule can be");
    }
    return CapsuleFormat.read(Files.readAllBytes(file));
  }

  /** As a file has it. */
  byte[] toBytes() {
    return CapsuleFormat.write(this);
  }

  /** Without what may be secret. */
  @Override
  public String toString() {
    return "Capsule[%s of %s, %s]".formatted(session, module, call);
  }
}
