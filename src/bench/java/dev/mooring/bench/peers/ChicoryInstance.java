package dev.mooring.bench.peers;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.TrapException;
import com.dylibso.chicory.runtime.WasmFunctionHandle;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import dev.mooring.bench.peers.PeerModule.Callable;
import dev.mooring.proto.CallReader;
import dev.mooring.proto.Frames;
import dev.mooring.proto.ResultWriter;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A plain Chicory instance: compiled, with a {@link ByteArrayMemory} of its own. What a call that
 * fails has done to it stays done.
 */
final class ChicoryInstance implements GuestInstance {
  /** Opens them. */
  static final Engine ENGINE = ChicoryInstance::new;

  private static final long[] NOTHING = {};
  private static final int FIRST_OUTPUT_BYTES = 64;

  private final PeerModule module;
  private final ExportFunction[] functions;

  // Of the running call.
  private ByteBuf input = io.netty.buffer.Unpooled.EMPTY_BUFFER;
  private int inputIndex;
  private int inputLength;
  private byte[] output = new byte[FIRST_OUTPUT_BYTES];
  private int outputLength;

  /** Chicory copies from and to arrays only. */
  private byte[] scratch = new byte[FIRST_OUTPUT_BYTES];

  private ChicoryInstance(PeerModule module) {
    this.module = module;
    Instance instance =
        Instance.builder(module.wasm())
            .withMachineFactory(module.machine())
            .withMemoryFactory(ByteArrayMemory::new)
            .withImportValues(imports(module.wasm()))
            .build();
    functions =
        module.exports().stream()
            .map(callable -> instance.export(callable.name()))
            .toArray(ExportFunction[]::new);
  }

  /** A guest ended its call with {@code fail}. */
  private static final class GuestFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    GuestFailed(String message) {
      super(message, null, false, false);
    }
  }

  @Override
  public void call(int function, CallReader call, ByteBuf frame, ByteBuf out) {
    Callable callable = module.exports().get(function);
    if (call.valueCount() != callable.parameterTypes().length) {
      error(out, call.id(), ErrorCode.INVALID_ARGUMENTS, "another number of arguments is expected");
      return;
    }
    input = frame;
    inputIndex = call.inputIndex();
    inputLength = call.inputLength();
    outputLength = 0;
    long[] arguments =
        call.valueCount() == 0 ? NOTHING : Arrays.copyOf(call.values(), call.valueCount());
    try {
      long[] results = functions[function].apply(arguments);
      byte[] types = callable.resultTypes();
      ResultWriter.beginResult(
          out,
          Frames.VARINT,
          call.id(),
          results == null ? NOTHING : results,
          types,
          types.length,
          outputLength);
      out.writeBytes(output, 0, outputLength);
    } catch (GuestFailed e) {
      error(out, call.id(), ErrorCode.GUEST_FAILED, String.valueOf(e.getMessage()));
    } catch (TrapException | StackOverflowError e) {
      error(out, call.id(), ErrorCode.GUEST_TRAP, String.valueOf(e.getMessage()));
    } catch (ChicoryException e) {
      error(out, call.id(), ErrorCode.GUEST_TRAP, String.valueOf(e.getMessage()));
    }
  }

  private static void error(ByteBuf out, long id, ErrorCode code, String message) {
    var error = Error.newBuilder().setId(id).setCode(code).setMessage(message);
    Frames.write(out, ServerMessage.newBuilder().setError(error).build());
  }

  private ImportValues imports(WasmModule wasm) {
    var values = ImportValues.builder();
    var section = wasm.importSection();
    for (int i = 0; i < section.importCount(); i++) {
      if (section.getImport(i).importType() == ExternalType.FUNCTION) {
        values.addFunction(function(wasm, (FunctionImport) section.getImport(i)));
      }
    }
    return values.build();
  }

  private ImportFunction function(WasmModule wasm, FunctionImport wanted) {
    WasmFunctionHandle handle =
        switch (wanted.name()) {
          case "input_len" -> (instance, a) -> new long[] {inputLength};
          case "input_read" -> this::inputRead;
          case "output_write" -> this::outputWrite;
          case "fail" -> ChicoryInstance::fail;
          default ->
              (instance, a) -> {
                throw new TrapException("no peer offers " + wanted.name());
              };
        };
    return new HostFunction(
        wanted.module(), wanted.name(), wasm.typeSection().getType(wanted.typeIndex()), handle);
  }

  private long[] inputRead(Instance instance, long... a) {
    int offset = (int) a[1];
    long left = inputLength - Integer.toUnsignedLong(offset);
    int count = (int) Math.min(Math.max(left, 0), Integer.toUnsignedLong((int) a[2]));
    if (count > 0) {
      if (scratch.length < count) {
        scratch = new byte[Math.max(count, 2 * scratch.length)];
      }
      input.getBytes(inputIndex + offset, scratch, 0, count);
      instance.memory().write((int) a[0], scratch, 0, count);
    }
    return new long[] {count};
  }

  private long[] outputWrite(Instance instance, long... a) {
    byte[] bytes = instance.memory().readBytes((int) a[0], (int) a[1]);
    int needed = Math.addExact(outputLength, bytes.length);
    if (output.length < needed) {
      output = Arrays.copyOf(output, Math.max(needed, 2 * output.length));
    }
    System.arraycopy(bytes, 0, output, outputLength, bytes.length);
    outputLength = needed;
    return NOTHING;
  }

  private static long[] fail(Instance instance, long... a) {
    byte[] message = instance.memory().readBytes((int) a[0], (int) a[1]);
    throw new GuestFailed(new String(message, StandardCharsets.UTF_8));
  }
}
