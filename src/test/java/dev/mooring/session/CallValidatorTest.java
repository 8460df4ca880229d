package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CallValidatorTest {
  /** {@code (module (func (export "")))}. */
  private static final byte[] NAMELESS =
      HexFormat.of()
          .parseHex(
              "0061736d01000000" // magic, version
                  + "010401600000" // type 0: () -> ()
                  + "03020100" // function 0
                  + "070401000000" // export "": function 0
                  + "0a040102000b"); // its body

  private final CallRequest call = new CallRequest();

  @Test
  void call_namesNoFunction_findsNoneNotEvenTheNamelessOne() throws ModuleRefused {
    try (var runtime = new GuestRuntime(1 << 20)) {
      GuestModule module = GuestModule.compile(NAMELESS, ModuleOptions.DEFAULTS, runtime);
      List<ExportedFunction> exports = module.exports();
      call.begin(1, "", CallRequest.NO_INDEX, 0);
      assertSame(exports.getFirst(), CallValidator.find(call, exports, module));
      call.begin(1, null, 0, 0);
      assertSame(exports.getFirst(), CallValidator.find(call, exports, module));
      call.begin(1, null, CallRequest.NO_INDEX, 0);
      assertNull(CallValidator.find(call, exports, module));
      assertEquals(
          new Problem(
              ErrorCode.FUNCTION_NOT_FOUND,
              "the call names no function, neither by name nor by index"),
          CallValidator.notFound(call, exports));
    }
  }

  @Test
  void call_indexPastTheEnd_isToldUnsigned() {
    call.begin(1, null, 0xFFFF_FFFFL, 0);
    assertNull(CallValidator.find(call, List.of(), null));
    assertEquals(
        "the module exports no function with index 4294967295; it exports none that can be called",
        CallValidator.notFound(call, List.of()).message());
  }
}
