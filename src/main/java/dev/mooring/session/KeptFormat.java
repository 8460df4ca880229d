package dev.mooring.session;

import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import dev.mooring.state.StateException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A stored session's head, its body, and the changes that follow that, as bytes. Each begins with
 * the version of this format and a letter for what it is; numbers are varints of 64 bits, the
 * lowest seven first, texts are UTF-8 behind their length, and states and their changes are as
 * their own package writes them. Whoever stores the bytes sees to it that they come back as they
 * were.
 */
final class KeptFormat {
  static final int VERSION = 1;
  private static final char HEAD = 'h';
  private static final char BODY = 'b';
  private static final char CHANGE = 'c';
  private static final int VARINT_BITS = 7;
  private static final int VARINT_MORE = 1 << VARINT_BITS;

  private KeptFormat() {}

  /** Something that is written down, or read. */
  private interface Part<T> {
    void accept(T stream) throws IOException;
  }

  private static byte[] written(char kind, Part<DataOutputStream> parts) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeByte(kind);
      parts.accept(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing in memory throws it.
    }
    return bytes.toByteArray();
  }

  static byte[] write(KeptHead head) {
    return written(
        HEAD,
        out -> {
          text(out, head.id());
          text(out, head.module());
          text(out, head.moduleDigest());
          out.writeBoolean(head.tenant() != null);
          text(out, head.tenant() == null ? "" : head.tenant());
          text(out, head.name());
          out.writeByte(head.durability().number());
          out.writeByte(head.tokenDigests().size());
          for (TokenDigest digest : head.tokenDigests()) {
            out.write(digest.toBytes());
          }
          number(out, head.ttlMillis());
          number(out, head.endMillis());
          number(out, head.expiresMillis());
          number(out, head.dueMillis());
        });
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
    try (var in = opened(bytes, HEAD)) {
      String id = text(in);
      String module = shared.apply(text(in));
      String moduleDigest = shared.apply(text(in));
      boolean hasTenant = in.readBoolean();
      String tenant = shared.apply(text(in));
      String name = text(in);
      Durability durability = durability(in.readByte());
      var tokens = new TokenDigest[in.readUnsignedByte()];
      for (int i = 0; i < tokens.length; i++) {
        byte[] digest = new byte[TokenDigest.BYTES];
        in.readFully(digest);
        tokens[i] = TokenDigest.of(digest, 0);
      }
      var head =
          new KeptHead(
              id,
              module,
              moduleDigest,
              hasTenant ? tenant : null,
              name,
              durability,
              List.of(tokens),
              number(in),
              number(in),
              number(in),
              number(in));
      end(in);
      return head;
    } catch (IOException e) {
      throw wrong(e);
    }
  }

  private static Durability durability(int number) throws IOException {
    Durability found = Durability.of(number);
    if (found == null) {
      throw new IOException("the durability " + number);
    }
    return found;
  }

  static byte[] write(KeptBody body) {
    byte[] state = body.state().toBytes();
    return written(
        BODY,
        out -> {
          number(out, body.number());
          number(out, body.config().size());
          for (var entry : new TreeMap<>(body.config()).entrySet()) {
            text(out, entry.getKey());
            text(out, entry.getValue());
          }
          OpenRequest.WantedLimits limits = body.limits();
          number(out, limits.memoryBytes());
          number(out, limits.callTimeoutMillis());
          number(out, limits.outputBytes());
          number(out, limits.eventsPerCall());
          number(out, limits.queuedCalls());
          number(out, limits.queuedBytes());
          number(out, body.bornMillis());
          number(out, body.takenMillis());
          number(out, body.lastDoneId());
          body.messages().write(out);
          bytes(out, state);
        });
  }

  static byte[] write(KeptChange change) {
    byte[] state = change.state() == null ? new byte[0] : change.state().toBytes();
    return written(
        CHANGE,
        out -> {
          number(out, change.number());
          number(out, change.takenMillis());
          number(out, change.lastDoneId());
          change.messages().write(out);
          bytes(out, state);
        });
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
    try (var in = opened(bytes, BODY)) {
      long number = number(in);
      Map<String, String> config = new HashMap<>();
      for (int i = count(in); i > 0; i--) {
        config.put(text(in), text(in));
      }
      var limits =
          new OpenRequest.WantedLimits(
              number(in), number(in), number(in), number(in), number(in), number(in));
      long born = number(in);
      long taken = number(in);
      long lastDoneId = number(in);
      UnacknowledgedMessages.Saved messages = UnacknowledgedMessages.Saved.read(in);
      SessionState state = SessionState.fromBytes(bytes(in));
      end(in);
      return new KeptBody(number, config, limits, born, taken, lastDoneId, messages, state);
    } catch (IOException e) {
      throw wrong(e);
    }
  }

  private static KeptChange readChange(byte[] bytes) throws StateException {
    try (var in = opened(bytes, CHANGE)) {
      long number = number(in);
      long taken = number(in);
      long lastDoneId = number(in);
      UnacknowledgedMessages.Saved messages = UnacknowledgedMessages.Saved.read(in);
      byte[] state = bytes(in);
      end(in);
      return new KeptChange(
          number,
          taken,
          lastDoneId,
          messages,
          state.length == 0 ? null : StateChange.fromBytes(state));
    } catch (IOException e) {
      throw wrong(e);
    }
  }

  private static DataInputStream opened(byte[] bytes, char kind) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    int version = in.read();
    if (version != VERSION) {
      throw new IOException("version " + version + " of the format, expected " + VERSION);
    }
    int is = in.read();
    if (is != kind) {
      throw new IOException("it is of the kind %#x, expected %#x".formatted(is, (int) kind));
    }
    return in;
  }

  private static void end(DataInputStream in) throws IOException {
    if (in.available() != 0) {
      throw new IOException(in.available() + " bytes behind its end");
    }
  }

  private static StateException wrong(IOException e) {
    return new StateException(
        "no stored session: " + (e instanceof EOFException ? "it is cut off" : e.getMessage()));
  }

  static void text(DataOutputStream out, String text) throws IOException {
    bytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(DataInputStream in) throws IOException {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }

  static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
    number(out, bytes.length);
    out.write(bytes);
  }

  /** So many bytes as it says, if they are there. */
  static byte[] bytes(DataInputStream in) throws IOException {
    return in.readNBytes(count(in));
  }

  static void number(DataOutputStream out, long number) throws IOException {
    long rest = number;
    while ((rest & -VARINT_MORE) != 0) {
      out.writeByte((int) rest | VARINT_MORE);
      rest >>>= VARINT_BITS;
    }
    out.writeByte((int) rest);
  }

  static long number(DataInputStream in) throws IOException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += VARINT_BITS) {
      int next = in.readUnsignedByte();
      number |= (long) (next & (VARINT_MORE - 1)) << shift;
      if (next < VARINT_MORE) {
        return number;
      }
    }
    throw new IOException("a number of more than 64 bits");
  }

  /** How many follow, each of a byte or more. */
  static int count(DataInputStream in) throws IOException {
    long count = number(in);
    if (count < 0 || count > in.available()) {
      throw new IOException(
          "it announces " + Long.toUnsignedString(count) + ", and has " + in.available());
    }
    return (int) count;
  }
}
