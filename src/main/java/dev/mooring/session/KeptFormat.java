package dev.mooring.session;

import dev.mooring.guest.call.TrapKind;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import dev.mooring.state.StateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A stored session's head, its body, and the changes that follow that, as bytes. Each begins with
 * the version of this format and a letter for what it is, then come numbers, texts and bytes as
 * {@link FormatWriter} writes them, and states and their changes as their own package does. Whoever
 * stores the bytes sees to it that they come back as they were.
 */
final class KeptFormat {
  static final int VERSION = 1;
  private static final char HEAD = 'h';
  private static final char BODY = 'b';
  private static final char CHANGE = 'c';

  /** What a head, and all but the variable parts of the others, takes at most, mostly. */
  private static final int SMALL_BYTES = 400;

  private static final byte[] NO_STATE = {};

  private KeptFormat() {}

  private static FormatWriter begin(char kind, int expectedBytes) {
    return new FormatWriter(expectedBytes).number(VERSION).number(kind);
  }

  private static FormatReader opened(byte[] bytes, char kind) throws StateException {
    var in = new FormatReader(bytes);
    long version = in.number();
    if (version != VERSION) {
      throw new StateException(
          "no stored session: version %s of the format, expected %d"
              .formatted(Long.toUnsignedString(version), VERSION));
    }
    long is = in.number();
    if (is != kind) {
      throw new StateException(
          "no stored session: it is of the kind %#x, expected %#x".formatted(is, (int) kind));
    }
    return in;
  }

  static byte[] write(KeptHead head) {
    FormatWriter out =
        begin(HEAD, SMALL_BYTES)
            .text(head.id())
            .text(head.module())
            .text(head.moduleDigest())
            .text(head.imageDigest())
            .number(head.tenant() == null ? 0 : 1)
            .text(head.tenant() == null ? "" : head.tenant())
            .text(head.name())
            .number(head.durability().number())
            .number(head.tokenDigests().size());
    for (TokenDigest digest : head.tokenDigests()) {
      out.raw(digest.toBytes());
    }
    return out.number(head.ttlMillis())
        .number(head.endMillis())
        .number(head.expiresMillis())
        .number(head.dueMillis())
        .toBytes();
  }

  /**
   * Reads a head.
   *
   * @throws StateException if it is none, or of another version
   */
  static KeptHead readHead(byte[] bytes) throws StateException {
    return readHead(bytes, text -> text);
  }

  /**
   * As above.
   *
   * @param shared gives the one text to be held of all that are equal, of those that many have
   */
  static KeptHead readHead(byte[] bytes, UnaryOperator<String> shared) throws StateException {
    FormatReader in = opened(bytes, HEAD);
    String id = in.text();
    String module = shared.apply(in.text());
    String moduleDigest = shared.apply(in.text());
    String imageDigest = shared.apply(in.text());
    boolean hasTenant = in.number() != 0;
    String tenant = shared.apply(in.text());
    String name = in.text();
    Durability durability = durability(in.number());
    var tokens = new TokenDigest[in.count()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = TokenDigest.of(in.raw(TokenDigest.BYTES), 0);
    }
    var head =
        new KeptHead(
            id,
            module,
            moduleDigest,
            imageDigest,
            hasTenant ? tenant : null,
            name,
            durability,
            List.of(tokens),
            in.number(),
            in.number(),
            in.number(),
            in.number());
    in.end();
    return head;
  }

  private static Durability durability(long number) throws StateException {
    Durability found = number == (int) number ? Durability.of((int) number) : null;
    if (found == null) {
      throw new StateException(
          "no stored session: the durability " + Long.toUnsignedString(number));
    }
    return found;
  }

  static byte[] write(KeptBody body) {
    byte[] state = body.state().toBytes();
    FormatWriter out = begin(BODY, SMALL_BYTES + state.length);
    out.number(body.number()).number(body.config().size());
    for (var entry : new TreeMap<>(body.config()).entrySet()) {
      out.text(entry.getKey()).text(entry.getValue());
    }
    OpenRequest.WantedLimits limits = body.limits();
    out.number(limits.memoryBytes())
        .number(limits.callTimeoutMillis())
        .number(limits.outputBytes())
        .number(limits.eventsPerCall())
        .number(limits.queuedCalls())
        .number(limits.queuedBytes())
        .number(body.bornMillis())
        .number(body.takenMillis())
        .number(body.lastDoneId());
    writeLost(body.lost(), out);
    body.messages().write(out);
    return out.bytes(state).toBytes();
  }

  static byte[] write(KeptChange change) {
    byte[] state = change.state() == null ? NO_STATE : change.state().toBytes();
    FormatWriter out = begin(CHANGE, SMALL_BYTES + state.length);
    out.number(change.number()).number(change.takenMillis()).number(change.lastDoneId());
    writeLost(change.lost(), out);
    change.messages().write(out);
    return out.bytes(state).toBytes();
  }

  /** Its code, or 0 if there is none; then its words, and the trap's name, which may be empty. */
  private static void writeLost(@Nullable Problem lost, FormatWriter out) {
    if (lost == null) {
      out.number(0);
    } else {
      out.number(lost.code().number())
          .text(lost.message())
          .text(lost.trap() == null ? "" : lost.trap().name());
    }
  }

  private static @Nullable Problem readLost(FormatReader in) throws StateException {
    long number = in.number();
    if (number == 0) {
      return null;
    }
    ErrorCode code = number == (int) number ? ErrorCode.of((int) number) : null;
    if (code == null) {
      throw new StateException(
          "no stored session: it was lost to the error " + Long.toUnsignedString(number));
    }
    String message = in.text();
    String trap = in.text();
    return new Problem(code, message, trap.isEmpty() ? null : trap(trap));
  }

  private static TrapKind trap(String name) throws StateException {
    TrapKind kind = TrapKind.named(name);
    if (kind == null) {
      throw new StateException("no stored session: it was lost to a trap that nothing here has");
    }
    return kind;
  }

  /**
   * Reads a body and the changes that follow it: what the session is.
   *
   * @param parts the body first; at least that
   * @throws StateException if it is none, or of another version
   */
  static KeptBody read(List<byte[]> parts) throws StateException {
    KeptBody body = readBody(parts.getFirst());
    var changes = new ArrayList<KeptChange>(parts.size() - 1);
    for (byte[] part : parts.subList(1, parts.size())) {
      changes.add(readChange(part));
    }
    return body.after(changes);
  }

  private static KeptBody readBody(byte[] bytes) throws StateException {
    FormatReader in = opened(bytes, BODY);
    long number = in.number();
    Map<String, String> config = new HashMap<>();
    for (int i = in.count(); i > 0; i--) {
      config.put(in.text(), in.text());
    }
    var limits =
        new OpenRequest.WantedLimits(
            in.number(), in.number(), in.number(), in.number(), in.number(), in.number());
    var body =
        new KeptBody(
            number,
            config,
            limits,
            in.number(),
            in.number(),
            in.number(),
            readLost(in),
            UnacknowledgedMessages.Saved.read(in),
            SessionState.fromBytes(in.bytes()));
    in.end();
    return body;
  }

  private static KeptChange readChange(byte[] bytes) throws StateException {
    FormatReader in = opened(bytes, CHANGE);
    long number = in.number();
    long taken = in.number();
    long lastDoneId = in.number();
    Problem lost = readLost(in);
    UnacknowledgedMessages.Saved messages = UnacknowledgedMessages.Saved.read(in);
    byte[] state = in.bytes();
    in.end();
    return new KeptChange(
        number,
        taken,
        lastDoneId,
        lost,
        messages,
        state.length == 0 ? null : StateChange.fromBytes(state));
  }
}
