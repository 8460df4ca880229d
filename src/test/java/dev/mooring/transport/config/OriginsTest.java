package dev.mooring.transport.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OriginsTest {
  @ParameterizedTest
  @CsvSource({
    "https://a.com, a.com, true",
    "https://a.com, a.com:443, true",
    "https://a.com:443, a.com, true",
    "http://a.com, a.com:80, true",
    "http://a.com, A.COM, true",
    "http://localhost:3000, localhost:3000, true",
    "http://[::1]:3000, [::1]:3000, true",
    "https://a.com, a.com:80, false",
    "http://localhost:3000, localhost:7070, false",
    "https://b.com, a.com, false",
    "https://a.com.evil.org, a.com, false",
    "https://a.com@evil.org, evil.org, false",
    "null, null, false",
    "a.com, a.com, false",
    "file://, '', false",
    "ftp://a.com, a.com, false",
    "https://a.com/, a.com, true"
  })
  void allow_noList_isTheSameHostOnly(String origin, String host, boolean isAllowed) {
    assertEquals(isAllowed, Origins.SAME_HOST.allow(origin, host));
  }

  @Test
  void allow_list_isThoseOnly() {
    var origins = new Origins(List.of("https://a.com", "http://localhost:3000"));
    assertTrue(origins.allow("https://a.com", "b.com"));
    assertTrue(origins.allow("http://localhost:3000", "b.com"));
    assertFalse(origins.allow("http://a.com", "a.com"));
    assertFalse(origins.allow("https://b.com", "b.com"));
    assertFalse(origins.allow("null", "null"));
  }

  @Test
  void allow_any_isAll() {
    assertTrue(new Origins(List.of("*")).allow("null", "b.com"));
  }
}
