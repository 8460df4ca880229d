/**
 * The bundled client of a Mooring server: opens sessions, calls the functions of their instances,
 * and hears their events.
 *
 * {@snippet :
 * try (var client = MooringClient.create()) {
 *   OpenOptions options =
 *       OpenOptions.module("counter")
 *           .withConfig("step", "2")
 *           .onEvent(payload -> System.out.println("an event of " + payload.length + " bytes"));
 *
 *   // The address is HOST:PORT. Futures complete on an event loop; here we just wait for them.
 *   try (MooringSession session = client.open(address, options).get()) {
 *     // Typed values, for any function that the module exports. The state stays at the server.
 *     long total = session.call("add", Value.i64(5)).get().i64();
 *     System.out.println("the total is " + total);
 *
 *     // Bytes, for functions that read input and write output. Calls needn't wait for each
 *     // other: they run, and are answered, in the order in which they were made.
 *     for (String line : List.of("first", "second")) {
 *       session.call("echo", line.getBytes(UTF_8)).thenAccept(this::print);
 *     }
 *
 *     // Everything that a call can carry, and what to do when it fails.
 *     var request = CallRequest.of("top").withInput("10").withTimeout(Duration.ofMillis(20));
 *     try {
 *       print(session.call(request).get());
 *     } catch (ExecutionException e) {
 *       if (e.getCause() instanceof MooringException problem) {
 *         System.out.println(problem.code() + (problem.retryable() ? ", try again" : ""));
 *       }
 *     }
 *   }
 * }
 * }
 *
 * <p>A session ends with its connection, unless it is opened with {@link OpenOptions#withKeep}:
 * then the client makes a lost connection again by itself, and calls and events go on as if it had
 * not been lost; see {@link MooringSession}.
 *
 * <p>Not for what a message looks like on the wire ({@code dev.mooring.proto}), and not for running
 * WebAssembly: the guest runs at the server.
 *
 * <p>Everything public may be used from any thread unless it says otherwise; futures complete, and
 * listeners run, on the event loop of their session, where nothing may block.
 */
@NullMarked
package dev.mooring.client;

import org.jspecify.annotations.NullMarked;
