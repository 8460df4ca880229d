package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.dylibso.chicory.wasm.ChicoryException;
import dev.mooring.guest.ModuleRefused.Lack;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ModuleLoaderTest {
  @Test
  void load_sectionOfNamesThatCannotBeRead_isIgnored() throws ModuleRefused {
    // A module of nothing but the custom section "name", whose first part claims 127 bytes it
    // lacks.
    byte[] wasm = HexFormat.of().parseHex("0061736d01000000" + "0007046e616d65017f");
    try (var runtime = new GuestRuntime(1 << 20)) {
      GuestModule module = ModuleLoader.load(wasm, ModuleOptions.DEFAULTS, runtime);
      assertEquals(0, module.exports().size());
    }
  }

  @Test
  void lack_noMemory_isSeenThroughWhateverTheEngineWrapsItIn() {
    var metaspace = new OutOfMemoryError("Metaspace");
    assertEquals(Lack.MEMORY, ModuleLoader.lack(metaspace));
    assertEquals(Lack.MEMORY, ModuleLoader.lack(new ChicoryException("compiling", metaspace)));
    assertEquals(Lack.MEMORY, ModuleLoader.lack(GuestTrap.OUT_OF_MEMORY));
    assertEquals(Lack.NONE, ModuleLoader.lack(new StackOverflowError()));
    assertEquals(Lack.NONE, ModuleLoader.lack(new ChicoryException("no such opcode")));
  }
}
