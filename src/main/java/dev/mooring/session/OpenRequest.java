package dev.mooring.session;

import dev.mooring.guest.call.GuestEnvironment;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client opens a session with.
 *
 * @param wanted the limits that it asks for; in each, 0 asks for the server's
 * @param authToken who asks; empty if it doesn't say
 * @param keep how the session is to outlive its connection; null: it is to end with it
 * @param resume which session is gone on with; null for a new one, unless {@code keep} names it
 */
public record OpenRequest(
    int protocolVersion,
    String module,
    Map<String, String> config,
    WantedLimits wanted,
    String authToken,
    @Nullable Keep keep,
    @Nullable Resume resume) {
  private static final String DIGEST = "sha256:";

  public OpenRequest {
    config = Map.copyOf(config);
  }

  /** From somebody who doesn't say who they are. */
  public OpenRequest(
      int protocolVersion, String module, Map<String, String> config, WantedLimits wanted) {
    this(protocolVersion, module, config, wanted, "", null, null);
  }

  /** From somebody who says who they are, for a session that ends with its connection. */
  public OpenRequest(
      int protocolVersion,
      String module,
      Map<String, String> config,
      WantedLimits wanted,
      String authToken) {
    this(protocolVersion, module, config, wanted, authToken, null, null);
  }

  /** Whether it shows a token of the session that it goes on with. */
  boolean resumesByToken() {
    return resume != null && !resume.token().isEmpty();
  }

  /** The name in its reference to a module; all of it if that is by digest alone. */
  String moduleName() {
    return moduleName(module);
  }

  /** The name in a reference to a module; all of it if that is by digest alone. */
  static String moduleName(String reference) {
    int at = reference.indexOf('@');
    return at < 0 ? reference : reference.substring(0, at);
  }

  /** The digest in its reference to a module, with what stands before it; null if there is none. */
  @Nullable String moduleDigest() {
    int at = module.indexOf('@');
    String digest = module.substring(at + 1);
    return digest.regionMatches(true, 0, DIGEST, 0, DIGEST.length()) ? digest : null;
  }

  /** What the session needs once it is known who asks: a secret isn't kept for longer. */
  OpenRequest withoutToken() {
    return new OpenRequest(protocolVersion, module, config, wanted, "", keep, resume);
  }

  /** About how much of the heap it takes, in bytes. */
  long heldBytes() {
    return GuestEnvironment.heldBytes(config);
  }

  /** Without the tokens, and without the values of the configuration: both may be secrets. */
  @Override
  public String toString() {
    return "OpenRequest[" + module + ", config=" + config.keySet() + "]";
  }

  /**
   * How a session is to be kept, as a client asks for it; numbers as on the wire.
   *
   * @param ttlMillis how long without a connection; unsigned, 0: the server's default
   * @param name empty for none
   */
  public record Keep(long ttlMillis, int durability, String name, int namePolicy) {
    static final int MAY_EXIST = 0;
    static final int MUST_EXIST = 1;
    static final int MUST_BE_NEW = 2;
  }

  /**
   * Which session is gone on with.
   *
   * @param token in hexadecimal; empty if the session is named
   * @param received the highest sequence that the client has received; unsigned
   */
  public record Resume(String token, long received) {}

  /** Limits as a client asks for them, unsigned. */
  public record WantedLimits(
      long memoryBytes,
      long callTimeoutMillis,
      long outputBytes,
      long eventsPerCall,
      long queuedCalls,
      long queuedBytes) {
    /** Asks for nothing in particular. */
    public static final WantedLimits NONE = new WantedLimits(0, 0, 0, 0, 0, 0);
  }
}
