package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.dylibso.chicory.wasm.ChicoryException;
import dev.mooring.fuzz.PlainWords;
import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.call.GuestTrap;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModuleLoaderTest {
  @Test
  void load_sectionOfNamesThatCannotBeRead_isIgnored() throws ModuleRefused {
    // A module of nothing but the custom section "name", whose first part claims 127 bytes it
    // lacks.
    byte[] wasm = HexFormat.of().parseHex("0061736d01000000" + "0007046e616d65017f");
    try (var runtime = new GuestRuntime(1 << 20)) {
      GuestModule module = GuestModule.compile(wasm, ModuleOptions.DEFAULTS, runtime);
      assertEquals(0, module.exports().size());
    }
  }

  @Test
  void lack_noMemory_isSeenThroughWhateverTheEngineWrapsItIn() {
    var metaspace = new OutOfMemoryError("Metaspace");
    assertEquals(Lack.MEMORY, Refusals.of(metaspace).lack());
    assertEquals(Lack.MEMORY, Refusals.of(new ChicoryException("compiling", metaspace)).lack());
    assertEquals(Lack.MEMORY, Refusals.of(GuestTrap.OUT_OF_MEMORY).lack());
    assertEquals(Lack.NONE, Refusals.of(new StackOverflowError()).lack());
    assertEquals(Lack.NONE, Refusals.of(new ChicoryException("no such opcode")).lack());
  }

  @Test
  void load_whateverIsThrown_isRefusedInWords() {
    for (Throwable thrown :
        List.of(
            new OutOfMemoryError("Java heap space"),
            new StackOverflowError(),
            new ChicoryException(new IllegalArgumentException("bad parameter count 256")),
            new IllegalStateException("generated code does not load", new VerifyError("(class: M")),
            new NullPointerException())) {
      PlainWords.check(String.valueOf(Refusals.of(thrown).getMessage()));
    }
  }
}
