package dev.mooring.store;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.store.postgres.PostgresUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PostgresUrlTest {
  @Test
  void parse_isReadAsItsOwnProgramsDo() {
    PostgresUrl url = PostgresUrl.parse("postgresql://moo%40ring@a:1,b:2/sessions?sslmode=require");
    assertEquals("moo@ring", url.user());
    assertEquals("a:1,b:2", url.hosts());
    assertEquals("sessions", url.database());
    assertNull(PostgresUrl.parse("postgres://[::1]:5432/x").user());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql:",
        "postgresql://",
        "postgresql://host",
        "postgresql://host/",
        "postgresql://host/a/b",
        "postgresql://u@host:0/a",
        "postgresql://u@host:70000/a",
        "postgresql://u@ho st/a",
        "postgresql://u@a,,b/a"
      })
  void parse_whatIsNone_saysWhatIsExpected(String text) {
    assertTrue(PostgresUrl.isOne(text));
    String message =
        assertThrows(IllegalArgumentException.class, () -> PostgresUrl.parse(text)).getMessage();
    assertTrue(requireNonNull(message).contains("expected "), message);
  }

  @Test
  void parse_withAPassword_isRefused_andDoesNotRepeatIt() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> PostgresUrl.parse("postgresql://u:hunter2@host/a"))
            .getMessage();
    assertTrue(requireNonNull(message).contains("MOORING_STORE_PASSWORD"), message);
    assertFalse(message.contains("hunter2"), message);
  }

  @ParameterizedTest
  @CsvSource({"password=x", "sslmode", "options=-c", "ssl mode=require"})
  void parse_unknownParameter_isRefused(String parameter) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> PostgresUrl.parse("postgresql://u@host/a?" + parameter))
            .getMessage();
    assertTrue(requireNonNull(message).contains("sslrootcert"), message);
  }
}
