/**
 * Tests of the packages as their users have them: unpacked, installed, run as an image. It isn't
 * for what the server does; they only see to it that nothing of that is missing there. Everything
 * runs on the tests' own thread.
 */
@NullMarked
package dev.mooring.ship;

import org.jspecify.annotations.NullMarked;
