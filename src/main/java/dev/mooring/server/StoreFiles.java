package dev.mooring.server;

import dev.mooring.error.ErrorText;
import dev.mooring.session.StoredSummary;
import dev.mooring.state.StateException;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import dev.mooring.store.SharedStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * A store, for people: what is in it, one session more or less, a copy. No server uses it, unless
 * it is one that servers share.
 *
 * <p>One thread.
 */
public final class StoreFiles implements AutoCloseable {
  private static final byte[] MAGIC = "MOORSESS".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_EXPORT_BYTES = 1 << 30;

  private final SessionStore store;

  /**
   * Opens one in a folder that is there.
   *
   * @throws IOException if there is none, it can't be read, or a server uses it
   */
  public StoreFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException("there is no store " + folder);
    }
    store = RocksStore.open(folder, Long.MAX_VALUE);
  }

  /**
   * Opens one in a database.
   *
   * @throws IOException if it can't be reached, or has no tables for sessions
   */
  public StoreFiles(PostgresConfig database) throws IOException {
    store = PostgresStore.open(database);
  }

  /** A session that can't be read. */
  public record Damaged(String id, String why) {}

  /** All that there is. */
  public record Content(List<StoredSummary> sessions, List<Damaged> damaged) {}

  /**
   * What is in it.
   *
   * @throws IOException if that can't be told
   */
  public Content list() throws IOException {
    var sessions = new ArrayList<StoredSummary>();
    var damaged = new ArrayList<Damaged>();
    store.scan(
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            try {
              sessions.add(StoredSummary.of(head));
            } catch (StateException e) {
              damaged(id, String.valueOf(e.getMessage()));
            }
          }

          @Override
          public void damaged(String id, String why) {
            damaged.add(new Damaged(id, why));
          }
        });
    return new Content(sessions, damaged);
  }

  /**
   * The one of this id, or of this name.
   *
   * @throws IOException if there is none, or several
   */
  public StoredSummary find(String idOrName) throws IOException {
    return find(list(), idOrName);
  }

  private static StoredSummary find(Content content, String idOrName) throws IOException {
    List<StoredSummary> found =
        content.sessions().stream()
            .filter(one -> one.id().equals(idOrName) || one.name().equals(idOrName))
            .toList();
    if (found.size() == 1) {
      return found.getFirst();
    }
    throw new IOException(
        found.isEmpty()
            ? "there is no session '" + idOrName + "' in this store"
            : found.size() + " sessions are called '" + idOrName + "'; say which by its id");
  }

  /**
   * More of a session, a line each.
   *
   * @throws IOException if it can't be read
   */
  public List<String> details(String id) throws IOException {
    try {
      return StoredSummary.details(parts(id));
    } catch (StateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private List<byte[]> parts(String id) throws IOException {
    List<byte[]> parts = store.read(id);
    if (parts.isEmpty()) {
      throw new IOException("session " + id + " has nothing to be read but its head");
    }
    return parts;
  }

  private byte[] body(String id) throws IOException {
    try {
      return StoredSummary.whole(parts(id));
    } catch (StateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * Removes the session of this id, or of this name, for good; by its id also one that is damaged.
   *
   * @throws IOException if there is none, or several
   */
  public void delete(String idOrName) throws IOException {
    Content content = list();
    boolean isDamaged =
        content.damaged().stream().anyMatch(damaged -> damaged.id().equals(idOrName));
    String id = isDamaged ? idOrName : find(content, idOrName).id();
    long incarnation = 0;
    if (store instanceof SharedStore shared) { // Whoever has it hears that it isn't theirs.
      SharedStore.Claimed claimed = shared.claim(id);
      if (claimed == null) {
        throw new IOException("session " + id + " has just ended");
      }
      incarnation = claimed.incarnation();
    }
    write(new SessionStore.Change.Remove(id, incarnation));
  }

  private void write(SessionStore.Change change) throws IOException {
    if (!store.write(List.of(change), true).isEmpty()) {
      throw new IOException(
          "session "
              + change.id()
              + " can't be written: a server has it, or another has its name; if it has just ended,"
              + " try again in some seconds");
    }
  }

  /**
   * Writes a session to a file that isn't there yet, which only its owner may read. It has no
   * tokens: who imports it comes by name.
   *
   * @throws IOException if it can't be read, or the file not be written
   */
  public void export(String id, Path file) throws IOException {
    byte[] head = headOf(id);
    byte[] body = body(id);
    ByteBuffer bytes =
        ByteBuffer.allocate(MAGIC.length + 3 * Integer.BYTES + head.length + body.length);
    bytes.put(MAGIC).putInt(head.length).putInt(body.length).put(head).put(body);
    bytes.putInt(checksum(bytes.array(), bytes.position())).flip();
    var onlyOwner =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Set<StandardOpenOption> fresh =
        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (var out = Files.newByteChannel(file, fresh, onlyOwner)) {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      throw new IOException("can't write to " + file + ": " + ErrorText.of(e), e);
    }
  }

  private byte[] headOf(String id) throws IOException {
    var found = new ArrayList<byte[]>();
    store.scan(
        new SessionStore.Visitor() {
          @Override
          public void session(String each, byte[] head) {
            if (each.equals(id)) {
              found.add(head);
            }
          }

          @Override
          public void damaged(String each, String why) {}
        });
    try {
      return StoredSummary.withoutTokens(found.getFirst());
    } catch (StateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static int checksum(byte[] bytes, int length) {
    var crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /**
   * Adds a session that was exported.
   *
   * @return what it is
   * @throws IOException if the file is no such, or the session is here already
   */
  public StoredSummary importFrom(Path file) throws IOException {
    byte[] bytes = read(file);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int least = MAGIC.length + 3 * Integer.BYTES;
    byte[] magic = new byte[MAGIC.length];
    if (bytes.length >= least) {
      in.get(magic);
    }
    if (!Arrays.equals(magic, MAGIC)) {
      throw new IOException(file + " is no exported session: it doesn't begin with MOORSESS");
    }
    int headBytes = in.getInt();
    int bodyBytes = in.getInt();
    int end = bytes.length - Integer.BYTES;
    if (headBytes < 0 || bodyBytes < 0 || (long) headBytes + bodyBytes != bytes.length - least) {
      throw new IOException(file + " is cut off, or has something behind its end");
    }
    if (in.getInt(end) != checksum(bytes, end)) {
      throw new IOException(file + " is damaged: its checksum is another");
    }
    byte[] head = new byte[headBytes];
    byte[] body = new byte[bodyBytes];
    in.get(head).get(body);
    try {
      StoredSummary summary = StoredSummary.of(head);
      StoredSummary.details(List.of(body));
      if (!store.read(summary.id()).isEmpty()) {
        throw new IOException("session " + summary.id() + " is in this store already");
      }
      write(
          new SessionStore.Change.Put(
              summary.id(), SessionStore.Change.NEW, StoredSummary.toStore(head), body));
      return summary;
    } catch (StateException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] read(Path file) throws IOException {
    try {
      if (Files.size(file) > MAX_EXPORT_BYTES) {
        throw new IOException("it is longer than a session may be");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IOException("can't read " + file + ": " + ErrorText.of(e), e);
    }
  }

  /** Copies all to a folder that isn't there yet, which is a store then. */
  public void backup(Path folder) throws StoreException {
    store.backup(folder);
  }

  @Override
  public void close() {
    store.close();
  }
}
