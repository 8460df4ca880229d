package dev.mooring.transport.wire.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What endings are in gRPC's numbers, and that PROTOCOL.md says the same. */
final class GrpcStatusTest {
  /** A row of the table: number and name of a status, then names of errors. */
  private static final Pattern ROW = Pattern.compile("\\| (\\d+) `[A-Z_]+` \\| (.*) \\|");

  private static final Pattern NAME = Pattern.compile("`([A-Z_]+)`");

  private static Map<ErrorCode, Integer> documented() throws IOException {
    String document = Files.readString(Path.of("../proto/PROTOCOL.md"));
    String section = document.substring(document.indexOf("\n## gRPC\n"));
    section = section.substring(0, section.indexOf("\n## ", 1));
    var table = new EnumMap<ErrorCode, Integer>(ErrorCode.class);
    for (Matcher row = ROW.matcher(section); row.find(); ) {
      for (Matcher name = NAME.matcher(row.group(2)); name.find(); ) {
        table.put(ErrorCode.valueOf(name.group(1)), Integer.valueOf(row.group(1)));
      }
    }
    return table;
  }

  @Test
  void errors_thatEndAStream_haveTheStatusThatIsDocumented() throws IOException {
    var table = new EnumMap<ErrorCode, Integer>(ErrorCode.class);
    for (ErrorCode code : ErrorCode.values()) {
      if (code.scope() != ErrorCode.Scope.CALL) {
        table.put(code, GrpcStatus.of(code).code());
      }
    }
    assertEquals(table, documented());
  }

  @ParameterizedTest
  @EnumSource
  void error_isNeverOk(ErrorCode code) {
    assertNotEquals(GrpcStatus.OK, GrpcStatus.of(code));
  }

  @Test
  void endingsInGoodOrder_areOkIfTheClientAskedForThem() {
    assertEquals(GrpcStatus.OK, GrpcStatus.of(new EndReason.ClientClosed()));
    assertEquals(GrpcStatus.OK, GrpcStatus.of(new EndReason.Detached()));
    assertEquals(GrpcStatus.UNAVAILABLE, GrpcStatus.of(new EndReason.GoneAway()));
  }

  @Test
  void message_thatIsNotPlainAscii_isInPerCent() {
    assertEquals("a b%25%C3%A9%0A", GrpcStatus.encoded("a b%é\n"));
  }

  @Test
  void timeout_isReadInEveryUnit() {
    assertEquals(TimeUnit.HOURS.toNanos(99_999_999), GrpcTimeout.nanos("99999999H"));
    assertEquals(TimeUnit.MINUTES.toNanos(2), GrpcTimeout.nanos("2M"));
    assertEquals(TimeUnit.SECONDS.toNanos(3), GrpcTimeout.nanos("3S"));
    assertEquals(4_000_000, GrpcTimeout.nanos("4m"));
    assertEquals(5_000, GrpcTimeout.nanos("5u"));
    assertEquals(6, GrpcTimeout.nanos("6n"));
    for (String wrong : new String[] {"", "S", "1", "999999999S", "-1S", "1 S", "1s"}) {
      assertEquals(GrpcTimeout.MALFORMED, GrpcTimeout.nanos(wrong), wrong);
    }
  }
}
