package dev.mooring.guest;

import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A module as bytes: all that it takes to have the same one again in another process, its image and
 * all, though by then its initialisation would come out otherwise, or scripts run in another
 * engine. What a session left is a difference from that image, and from no other.
 *
 * <p>The image is written as what it is a difference from: of a script, its engine's image, which
 * is kept as a module of its own; else what the module declares. Whoever keeps the bytes sees to it
 * that they come back as they were.
 */
public final class PortableModule {
  private static final int VERSION = 1;
  private static final byte[] NOTHING = {};

  private final GuestModule module;

  /** Null if it is no script. */
  private final @Nullable PortableModule engine;

  private PortableModule(GuestModule module) {
    this.module = module;
    this.engine = module.engine() == null ? null : new PortableModule(module.engine());
  }

  /** Of a module. */
  public static PortableModule of(GuestModule module) {
    return new PortableModule(module);
  }

  /** What it is kept under. */
  public String key() {
    return key(module.digest(), module.imageDigest());
  }

  /**
   * What a module is kept under.
   *
   * @param digest {@code sha256:} and 64 hexadecimal digits, as is the image's
   */
  public static String key(String digest, String imageDigest) {
    return digest + "/" + imageDigest;
  }

  /** What it doesn't run without, and what must be kept, too; null if it is no script. */
  public @Nullable PortableModule engine() {
    return engine;
  }

  /** The bytes. Takes as long as to read all of its image; any thread. */
  public byte[] toBytes() {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeBoolean(module.preinitialised());
      write(engine == null ? "" : engine.key(), out);
      List<String> exports = engine == null ? List.of() : module.scriptExports();
      out.writeInt(exports.size());
      for (String export : exports) {
        write(export, out);
      }
      write(module.bytes(), out);
      write(difference(module), out);
    } catch (IOException e) { // In memory there is none.
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(String text, DataOutputStream out) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8), out);
  }

  private static void write(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /** How a module's image differs from what that was made of; nothing if that is it. */
  @SuppressWarnings("ReferenceEquality") // The usual case, at the least cost.
  private static byte[] difference(GuestModule module) {
    GuestModule base = module.base();
    StoreImage image = module.image();
    StoreImage from = base.image();
    if (image == from) {
      return NOTHING;
    }
    var state =
        new SessionState.Builder(base.digest(), base.imageDigest(), image.memory().sizePages());
    for (int i = 0; i < image.memory().pageCount(); i++) {
      byte[] page = image.memory().page(i);
      if (!Arrays.equals(page, from.memory().page(i))) {
        state.page(i, page, 0);
      }
    }
    for (int i = 0; i < image.globals().length; i++) {
      long bits = StateFit.stateBits(base, i, image.globals()[i]);
      if (bits != StateFit.stateBits(base, i, from.globals()[i])) {
        state.global(i, bits);
      }
    }
    for (int i = 0; i < image.tables().length; i++) {
      if (!Arrays.equals(image.tables()[i], from.tables()[i])) {
        state.table(i, image.tables()[i]);
      }
    }
    if (!Arrays.equals(image.droppedSegments(), from.droppedSegments())) {
      state.droppedSegments(image.droppedSegments());
    }
    return state.build().toBytes();
  }

  /** Has the engines that scripts were kept with. */
  public interface Engines {
    /**
     * One that isn't this process's own.
     *
     * @throws ModuleRefused if it can't be had
     */
    GuestModule engine(String key) throws ModuleRefused;
  }

  /** What the bytes say, but for the image. */
  @SuppressWarnings("ArrayRecordComponent") // Read once, and never written to.
  private record Content(
      boolean preinitialised, String engine, List<String> exports, byte[] bytes, byte[] image) {}

  private static Content read(byte[] portable) throws ModuleRefused {
    try (var in = new DataInputStream(new ByteArrayInputStream(portable))) {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new ModuleRefused(
            "was kept in version %d of its form, expected %d".formatted(version, VERSION));
      }
      boolean preinitialised = in.readBoolean();
      String engine = readText(in);
      var exports = new ArrayList<String>();
      for (int i = in.readInt(); i > 0; i--) {
        exports.add(readText(in));
      }
      return new Content(preinitialised, engine, exports, readBytes(in), readBytes(in));
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("cut off");
    }
    return in.readNBytes(length);
  }

  private static ModuleRefused damaged(Exception cause) {
    return new ModuleRefused("isn't what was kept: " + cause.getMessage());
  }

  /**
   * What a script's engine is kept under; null of all other modules.
   *
   * @throws ModuleRefused if these are no such bytes
   */
  public static @Nullable String engineKey(byte[] portable) throws ModuleRefused {
    String engine = read(portable).engine();
    return engine.isEmpty() ? null : engine;
  }

  /**
   * The same module again, from {@link #toBytes}: compiled, and none of its code is run. On a
   * compile thread.
   *
   * @param key what it was kept under
   * @param engines asked if a script ran in an engine that isn't this process's
   * @throws ModuleRefused if these are no such bytes, if it may not run here, or there is no memory
   *     for it now
   */
  public static GuestModule restore(
      String key, byte[] portable, ModuleOptions options, GuestRuntime runtime, Engines engines)
      throws ModuleRefused {
    return restore(
        key, portable, options, runtime, engine -> engine(engine, runtime, engines), false);
  }

  /**
   * As above, with code that tells of each function that it enters and leaves.
   *
   * @param engines asked for what a script ran in, whichever that is
   */
  static GuestModule restoreTraced(
      String key, byte[] portable, ModuleOptions options, GuestRuntime runtime, Engines engines)
      throws ModuleRefused {
    return restore(key, portable, options, runtime, engines, true);
  }

  private static GuestModule restore(
      String key,
      byte[] portable,
      ModuleOptions options,
      GuestRuntime runtime,
      Engines engines,
      boolean isTraced)
      throws ModuleRefused {
    Content content = read(portable);
    try {
      GuestModule base =
          content.engine().isEmpty()
              ? ModuleLoader.uninitialised(
                  content.bytes(), options, InterruptionCheck.SWITCH, isTraced)
              : engines.engine(content.engine());
      StoreImage image = image(base, content.image(), options, runtime);
      GuestModule restored =
          content.engine().isEmpty()
              ? (content.preinitialised() ? base.preinitialised(image) : base)
              : base.script(
                  content.bytes(),
                  GuestModule.digest(content.bytes()),
                  content.exports(),
                  image,
                  content.preinitialised());
      if (!of(restored).key().equals(key)) {
        throw new ModuleRefused("is %s, expected %s".formatted(of(restored).key(), key));
      }
      return restored;
    } catch (StateException e) {
      throw damaged(e);
    } catch (RuntimeException | Error e) { // Whatever hostile bytes made of the engine.
      throw Refusals.of(e);
    }
  }

  private static GuestModule engine(String key, GuestRuntime runtime, Engines engines)
      throws ModuleRefused {
    GuestModule own = runtime.scripts().module(runtime);
    return key.equals(of(own).key()) ? own : engines.engine(key);
  }

  private static StoreImage image(
      GuestModule base, byte[] difference, ModuleOptions options, GuestRuntime runtime)
      throws StateException {
    if (difference.length == 0) {
      return base.image();
    }
    SessionState state = SessionState.fromBytes(difference);
    try (var initialisation = new Initialisation(base, options, runtime)) {
      return initialisation.image(state);
    }
  }
}
