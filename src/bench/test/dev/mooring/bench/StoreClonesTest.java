package dev.mooring.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That copies are sessions of their own, and otherwise what was copied. */
final class StoreClonesTest {
  private static final String ID = "0123456789abcdef";

  /** SHA-256 of 64 zeros as text, which is what a token of 32 zeros is known by. */
  private static final String DIGEST =
      "60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55";

  private static final Kept ORIGINAL = new Kept(ID, ByteString.copyFrom(new byte[32]), 3, 7);

  @TempDir private Path folder = Path.of("");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void put(byte[] head) throws StoreException {
    try (SessionStore store = RocksStore.open(folder.resolve("store"), Long.MAX_VALUE)) {
      store.write(
          List.of(
              new SessionStore.Change.Put(
                  ID, SessionStore.Change.NEW, SessionStore.Head.of(head), bytes("state of " + ID)),
              new SessionStore.Change.Append(ID, 0, null, bytes("a change"))),
          true);
    }
  }

  private Map<String, String> heads(SessionStore store) throws StoreException {
    var heads = new HashMap<String, String>();
    store.scan(
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            heads.put(id, new String(head, StandardCharsets.ISO_8859_1));
          }

          @Override
          public void damaged(String id, String why) {
            throw new AssertionError(why);
          }
        });
    return heads;
  }

  @Test
  void write_copies_haveIdsAndTokensOfTheirOwn() throws StoreException {
    String token = new String(HexFormat.of().parseHex(DIGEST), StandardCharsets.ISO_8859_1);
    put(("head of " + ID + ", token " + token + ".").getBytes(StandardCharsets.ISO_8859_1));
    var clones = new StoreClones(ORIGINAL);
    clones.write(folder.resolve("store"), 3);

    try (SessionStore store = RocksStore.open(folder.resolve("store"), Long.MAX_VALUE)) {
      Map<String, String> heads = heads(store);
      String original = Objects.requireNonNull(heads.get(ID));
      assertEquals(4, heads.size());
      var tokens = new HashSet<ByteString>();
      for (int i = 0; i < 3; i++) {
        Kept clone = clones.get(i);
        tokens.add(clone.token());
        assertEquals(ORIGINAL.sum(), clone.sum());
        String head = String.valueOf(heads.get(clone.id()));
        assertTrue(head.startsWith("head of " + clone.id() + ", token "), head);
        assertEquals(original.length(), head.length());
        List<byte[]> parts = store.read(clone.id());
        assertArrayEquals(bytes("state of " + clone.id()), parts.getFirst());
        assertArrayEquals(bytes("a change"), parts.getLast());
      }
      assertEquals(3, tokens.size());
      // Its token is the original's.
      assertEquals(original.replace(ID, clones.get(0).id()), heads.get(clones.get(0).id()));
    }
  }

  @Test
  void write_headWithoutTheToken_isWrong() throws StoreException {
    put(bytes("head of " + ID));
    var clones = new StoreClones(ORIGINAL);

    assertThrows(Wrong.class, () -> clones.write(folder.resolve("store"), 3));
  }
}
