package dev.mooring.session;

import dev.mooring.state.SessionState;
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

/**
 * A stored session's head and body as bytes. Both begin with the version of this format; numbers
 * are big-endian, texts are UTF-8 behind their length, and a state is as its own package writes it.
 * Whoever stores the bytes sees to it that they come back as they were.
 */
final class KeptFormat {
  static final int VERSION = 1;

  private KeptFormat() {}

  /** Something that is written down, or read. */
  private interface Part<T> {
    void accept(T stream) throws IOException;
  }

  private static byte[] written(Part<DataOutputStream> parts) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      parts.accept(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing in memory throws it.
    }
    return bytes.toByteArray();
  }

  static byte[] write(KeptHead head) {
    return written(
        out -> {
          text(out, head.id());
          text(out, head.module());
          text(out, head.moduleDigest());
          out.writeBoolean(head.tenant() != null);
          text(out, head.tenant() == null ? "" : head.tenant());
          text(out, head.name());
          out.writeByte(head.durability().number());
          out.writeByte(head.tokenDigests().size());
          for (String digest : head.tokenDigests()) {
            text(out, digest);
          }
          out.writeLong(head.ttlMillis());
          out.writeLong(head.endMillis());
          out.writeLong(head.expiresMillis());
          out.writeLong(head.dueMillis());
        });
  }

  /**
   * Reads a head.
   *
   * @throws StateException if it is none, or of another version
   */
  static KeptHead readHead(byte[] bytes) throws StateException {
    try (var in = opened(bytes)) {
      String id = text(in);
      String module = text(in);
      String moduleDigest = text(in);
      boolean hasTenant = in.readBoolean();
      String tenant = text(in);
      String name = text(in);
      Durability durability = durability(in.readByte());
      List<String> tokens = new ArrayList<>();
      for (int i = in.readUnsignedByte(); i > 0; i--) {
        tokens.add(text(in));
      }
      var head =
          new KeptHead(
              id,
              module,
              moduleDigest,
              hasTenant ? tenant : null,
              name,
              durability,
              tokens,
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong());
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
        out -> {
          out.writeInt(body.config().size());
          for (var entry : new TreeMap<>(body.config()).entrySet()) {
            text(out, entry.getKey());
            text(out, entry.getValue());
          }
          OpenRequest.WantedLimits limits = body.limits();
          out.writeLong(limits.memoryBytes());
          out.writeLong(limits.callTimeoutMillis());
          out.writeLong(limits.outputBytes());
          out.writeLong(limits.eventsPerCall());
          out.writeLong(limits.queuedCalls());
          out.writeLong(limits.queuedBytes());
          out.writeLong(body.bornMillis());
          out.writeLong(body.takenMillis());
          out.writeLong(body.lastDoneId());
          body.messages().write(out);
          out.writeInt(state.length);
          out.write(state);
        });
  }

  /**
   * Reads a body.
   *
   * @throws StateException if it is none, or of another version
   */
  static KeptBody readBody(byte[] bytes) throws StateException {
    try (var in = opened(bytes)) {
      Map<String, String> config = new HashMap<>();
      for (int i = in.readInt(); i > 0; i--) {
        config.put(text(in), text(in));
      }
      var limits =
          new OpenRequest.WantedLimits(
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong());
      long born = in.readLong();
      long taken = in.readLong();
      long lastDoneId = in.readLong();
      UnacknowledgedMessages.Saved messages = UnacknowledgedMessages.Saved.read(in);
      SessionState state = SessionState.fromBytes(bytes(in, in.readInt()));
      end(in);
      return new KeptBody(config, limits, born, taken, lastDoneId, messages, state);
    } catch (IOException e) {
      throw wrong(e);
    }
  }

  private static DataInputStream opened(byte[] bytes) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    int version = in.read();
    if (version != VERSION) {
      throw new IOException("version " + version + " of the format, expected " + VERSION);
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
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String text(DataInputStream in) throws IOException {
    return new String(bytes(in, in.readInt()), StandardCharsets.UTF_8);
  }

  /** So many bytes, if there are. */
  static byte[] bytes(DataInputStream in, int length) throws IOException {
    if (length < 0 || length > in.available()) {
      throw new IOException("it announces " + length + " bytes, and has " + in.available());
    }
    return in.readNBytes(length);
  }
}
