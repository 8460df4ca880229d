package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.UninstantiableException;
import dev.mooring.fuzz.PlainWords;
import dev.mooring.guest.ModuleRefused.Lack;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.MethodTooLargeException;

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
            new UninstantiableException(new ChicoryException("out of bounds memory access")),
            new MethodTooLargeException("dev/mooring/guest/compiled/M", "func_3", "()V", 70_000),
            new ClassTooLargeException("dev/mooring/guest/compiled/M", 70_000),
            new IllegalStateException("generated code does not load", new VerifyError("(class: M")),
            new NullPointerException())) {
      PlainWords.check(String.valueOf(Refusals.of(thrown).getMessage()));
    }
  }

  @Test
  void load_functionTooLargeForTheJvm_isRefusedByThatLimit() {
    var tooLarge = new MethodTooLargeException("M", "func_3", "()V", 70_000);
    assertEquals(
        "can't be compiled: function 3 becomes 70000 bytes of the JVM's code; the limit is 65535;"
            + " split the function",
        Refusals.of(new ChicoryException("enable the interpreter", tooLarge)).getMessage());
  }
}
