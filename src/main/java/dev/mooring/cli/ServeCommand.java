package dev.mooring.cli;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
@Command(name="serve")
final class ServeCommand implements Callable<Integer> { ServeCommand(Console c){} @Override public Integer call(){return 0;} }
