package dev.mooring.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class RecentNamesTest {
  private final RecentNames names = new RecentNames();

  private String get(String name) {
    ByteBuf bytes = Unpooled.copiedBuffer("__" + name + "__", StandardCharsets.US_ASCII);
    try {
      return names.get(bytes, 2, name.length());
    } finally {
      bytes.release();
    }
  }

  @Test
  void get_sameBytesAgain_isTheSameString() {
    assertEquals("feed", get("feed"));
    assertSame(get("feed"), get("feed"));
    assertEquals("", get(""));
  }

  @Test
  void get_moreNamesThanPlaces_isEachTimeTheRightOne() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 4 * RecentNames.PLACES; i++) {
        assertEquals("f" + i, get("f" + i));
      }
    }
  }

  /** Names that share their place, of equal and of other length. */
  @Test
  void get_collidingNames_isEachTimeTheRightOne() {
    for (int i = 0; i < 10; i++) {
      assertEquals("Aa", get("Aa"));
      assertEquals("BB", get("BB"));
      assertEquals("A", get("A"));
    }
  }

  @Test
  void get_longName_isNotKept() {
    String name = "x".repeat(RecentNames.MAX_BYTES + 1);
    assertEquals(name, get(name));
  }
}
