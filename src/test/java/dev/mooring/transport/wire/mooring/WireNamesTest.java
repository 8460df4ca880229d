package dev.mooring.transport.wire.mooring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.call.TrapKind;
import dev.mooring.session.ErrorCode;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The server's words for errors and traps are those of the wire, all of them. */
final class WireNamesTest {
  @Test
  void errorCodes_areThoseOfTheWire() {
    Map<String, Integer> ours =
        Arrays.stream(ErrorCode.values()).collect(Collectors.toMap(Enum::name, ErrorCode::number));
    Map<String, Integer> wire =
        Arrays.stream(dev.mooring.proto.v1.ErrorCode.values())
            .filter(code -> code != dev.mooring.proto.v1.ErrorCode.UNRECOGNIZED)
            .filter(code -> code != dev.mooring.proto.v1.ErrorCode.ERROR_CODE_UNSPECIFIED)
            .collect(Collectors.toMap(Enum::name, dev.mooring.proto.v1.ErrorCode::getNumber));
    assertEquals(wire, ours);
  }

  /** As the wire has it: 1 for the connection, 2 for the opening, 3 for a call. */
  @Test
  void errorCodes_theirHundreds_sayWhatTheyEnd() {
    for (ErrorCode code : ErrorCode.values()) {
      int hundreds =
          switch (code.scope()) {
            case CONNECTION -> 1;
            case OPENING -> 2;
            case CALL -> 3;
          };
      assertEquals(hundreds, code.number() / 100, code.name());
    }
  }

  @Test
  void trapKinds_areThoseOfTheWire() {
    var ours = Arrays.stream(TrapKind.values()).map(Enum::name).collect(Collectors.toSet());
    var wire =
        Arrays.stream(dev.mooring.proto.v1.TrapKind.values())
            .filter(kind -> kind != dev.mooring.proto.v1.TrapKind.UNRECOGNIZED)
            .filter(kind -> kind != dev.mooring.proto.v1.TrapKind.TRAP_KIND_UNSPECIFIED)
            .map(Enum::name)
            .collect(Collectors.toSet());
    assertEquals(wire, ours);
  }
}
