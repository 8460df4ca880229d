/**
 * Makes classes of the JVM's of modules: Chicory's compiler does the work, with our operations in
 * it, and what comes out is linked to our host functions, given doors, and names our classes only.
 * The one package that knows the engine, which is at work here and nowhere else: when a guest runs,
 * none of it does.
 *
 * <p>Not for whether a module may come in, nor for what it begins with: {@link
 * dev.mooring.guest.intake} says both.
 *
 * <p>Compile threads. What is made is shared by all loops.
 */
@NullMarked
package dev.mooring.guest.compile;

import org.jspecify.annotations.NullMarked;
