package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mooring.client.ErrorCode.Scope;
import dev.mooring.proto.v1.Error;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That this library knows every code of the protocol, by its name and its number. */
final class ErrorCodeTest {
  @ParameterizedTest
  @EnumSource(
      value = dev.mooring.proto.v1.ErrorCode.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ERROR_CODE_UNSPECIFIED", "UNRECOGNIZED"})
  void error_ofEveryCodeOfTheProtocol_keepsItsNameNumberAndScope(
      dev.mooring.proto.v1.ErrorCode code) {
    MooringException error = Translation.error(Error.newBuilder().setCode(code).build());
    assertEquals(code.name(), error.code().name());
    assertEquals(code.getNumber(), error.code().number());
    var scopes = List.of(Scope.CONNECTION, Scope.OPEN, Scope.CALL);
    assertEquals(scopes.get(code.getNumber() / 100 - 1), error.code().scope());
    assertNull(error.trap());
  }

  @ParameterizedTest
  @EnumSource(
      value = dev.mooring.proto.v1.TrapKind.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"TRAP_KIND_UNSPECIFIED", "UNRECOGNIZED"})
  void error_ofEveryTrapOfTheProtocol_keepsItsName(dev.mooring.proto.v1.TrapKind trap) {
    TrapKind kind = Translation.error(Error.newBuilder().setTrap(trap).build()).trap();
    assertEquals(trap.name(), String.valueOf(kind));
  }

  @Test
  void error_ofAnUnknownCodeOrTrap_isUnknown() {
    MooringException error =
        Translation.error(Error.newBuilder().setCodeValue(399).setTrapValue(99).build());
    assertEquals(ErrorCode.UNKNOWN, error.code());
    assertEquals(TrapKind.UNKNOWN, error.trap());
  }

  @Test
  void error_withANumberOfThisClientsOwn_isUnknown() {
    assertEquals(
        ErrorCode.UNKNOWN, Translation.error(Error.newBuilder().setCodeValue(900).build()).code());
  }
}
