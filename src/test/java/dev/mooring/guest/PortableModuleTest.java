package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.intake.IntakeLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Modules that were kept as bytes: the same again, though their initialisation would differ. */
final class PortableModuleTest {
  private static final GuestRuntime RUNTIME = new GuestRuntime(1L << 30);

  private final GuestFixture guests = new GuestFixture(RUNTIME);

  @AfterAll
  static void stop() {
    RUNTIME.close();
  }

  @AfterEach
  void close() {
    guests.close();
  }

  private static GuestModule noEngine(String key) throws ModuleRefused {
    throw new ModuleRefused("needs the engine " + key);
  }

  private static GuestModule restore(String key, byte[] portable) throws ModuleRefused {
    return PortableModule.restore(
        key, portable, ModuleOptions.DEFAULTS, RUNTIME, PortableModuleTest::noEngine);
  }

  private static GuestModule again(GuestModule module) throws ModuleRefused {
    GuestModule restored =
        restore(PortableModule.of(module).key(), PortableModule.of(module).toBytes());
    assertEquals(module.digest(), restored.digest());
    assertEquals(module.imageDigest(), restored.imageDigest());
    assertEquals(module.preinitialised(), restored.preinitialised());
    assertEquals(module.exports(), restored.exports());
    assertEquals(States.text(module.image()), States.text(restored.image()));
    return restored;
  }

  private static GuestModule script(String text) {
    return GuestFixture.compile(ScriptFiles.of(Map.of("s.js", text.getBytes(UTF_8))), RUNTIME);
  }

  private String call(Space space, String function) {
    return guests.callWith(space, function, new byte[0]).committed() ? guests.output() : "failed";
  }

  /** Whatever a module's code can change may be in an image: memory, globals, tables, segments. */
  @Test
  void restore_ofAnyImage_hasThatImage() throws ModuleRefused {
    GuestModule module = GuestFixture.compile(GuestFixture.bytes("state_all"), RUNTIME);
    var random = new Random(7);
    for (int round = 0; round < 20; round++) {
      Space space = guests.open(module);
      for (int i = 0; i < 10; i++) {
        String[] change = States.randomChange(random);
        guests.call(space, change[0], States.arguments(change));
      }
      GuestModule other = module.base().preinitialised(GuestFixture.state(space));
      guests.close(space);
      GuestModule restored = again(other);
      Space opened = guests.open(restored);
      assertEquals(States.text(other.image()), States.text(GuestFixture.state(opened)));
      guests.close(opened);
    }
  }

  @Test
  void restore_ofEveryGuest_isThatGuest() throws ModuleRefused {
    for (String guest : List.of("counter", "echo", "conformance", "lifecycle", "stats", "lines")) {
      again(GuestFixture.compile(GuestFixture.bytes(guest), RUNTIME));
    }
  }

  /** The initialisation isn't run again: it would come out otherwise. */
  @Test
  void restore_ofAScript_runsNoneOfIt() throws ModuleRefused {
    GuestModule module = script("let n = 5; export const b = () => n++; export const a = () => n;");
    assertTrue(module.preinitialised());
    Space changed = guests.open(module);
    assertEquals("5", call(changed, "b"));
    GuestModule later =
        requireEngine(module)
            .script(
                module.bytes(),
                module.digest(),
                module.scriptExports(),
                GuestFixture.state(changed),
                true);
    assertNotEquals(module.imageDigest(), later.imageDigest());
    Space space = guests.open(again(later));
    assertEquals("6", call(space, "b"));
    assertEquals("7", call(space, "a"));
    GuestModule impure = script("const t = Date.now(); export const f = () => t > 0;");
    assertFalse(impure.preinitialised());
    assertEquals("true", call(guests.open(again(impure)), "f"));
  }

  private static GuestModule requireEngine(GuestModule script) {
    GuestModule engine = script.engine();
    if (engine == null) {
      throw new AssertionError("it is a script");
    }
    return engine;
  }

  /** A server of another version has another engine; the script goes on in its own. */
  @Test
  void restore_ofAScriptOfAnotherEngine_asksForThat() throws ModuleRefused {
    GuestModule own = requireEngine(script("export const f = () => 1;"));
    byte[] bytes = Arrays.copyOf(own.bytes(), own.bytes().length + 4);
    System.arraycopy(new byte[] {0, 2, 1, 'x'}, 0, bytes, own.bytes().length, 4);
    GuestModule engine =
        GuestModule.compile(bytes, new ModuleOptions(IntakeLimits.DEFAULTS, 60_000), RUNTIME);
    GuestModule module =
        ScriptLoader.load(
            ScriptFiles.of(Map.of("s.js", "export const f = () => 1;".getBytes(UTF_8))),
            engine,
            ModuleOptions.DEFAULTS,
            RUNTIME);
    PortableModule portable = PortableModule.of(module);
    var kept = new HashMap<String, byte[]>();
    for (PortableModule each = portable; each != null; each = each.engine()) {
      kept.put(each.key(), each.toBytes());
    }
    assertEquals(2, kept.size());
    byte[] script = portable.toBytes();
    String engineKey = PortableModule.engineKey(script);
    assertNull(PortableModule.engineKey(requireKept(kept, requireNonNull(engineKey))));
    var asked = new ArrayList<String>();
    GuestModule restored =
        PortableModule.restore(
            portable.key(),
            script,
            ModuleOptions.DEFAULTS,
            RUNTIME,
            key -> {
              asked.add(key);
              return restore(key, requireKept(kept, key));
            });
    assertEquals(List.of(PortableModule.of(engine).key()), asked);
    assertEquals(module.imageDigest(), restored.imageDigest());
    assertEquals("1", call(guests.open(restored), "f"));
    var refused = assertThrows(ModuleRefused.class, () -> restore(portable.key(), script));
    assertEquals("needs the engine " + engineKey, refused.getMessage());
    assertSame(own, again(script("export const g = 1;")).engine());
  }

  private static byte[] requireKept(Map<String, byte[]> kept, String key) {
    byte[] bytes = kept.get(key);
    if (bytes == null) {
      throw new AssertionError("not kept: " + key);
    }
    return bytes;
  }

  @Test
  void bytes_cutOffOrChanged_areRefused() {
    PortableModule module = PortableModule.of(script("export const f = () => 1;"));
    byte[] portable = module.toBytes();
    var random = new Random(3);
    for (int i = 0; i < 200; i++) {
      int length = i < 100 ? i : random.nextInt(portable.length);
      assertThrows(
          ModuleRefused.class, () -> restore(module.key(), Arrays.copyOf(portable, length)));
    }
    byte[] other = portable.clone();
    other[0] = 9;
    var refused = assertThrows(ModuleRefused.class, () -> restore(module.key(), other));
    assertEquals("was kept in version 9 of its form, expected 1", refused.getMessage());
    int read = 0;
    for (int i = 0; i < 300; i++) {
      byte[] changed = portable.clone();
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      try { // A name that it exports isn't told by the key.
        var _ = restore(module.key(), changed);
        read++;
      } catch (ModuleRefused e) {
        assertTrue(String.valueOf(e.getMessage()).length() > 10);
      }
    }
    assertTrue(read < 10, read + " that were changed were taken");
  }
}
