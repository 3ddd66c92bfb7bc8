package io.quorate.sim.bugs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * One deliberate mistake: a place in a source file of the product, and what stands there instead.
 * Nothing in the product knows of it. The changed file is compiled in memory and loaded, with all
 * else, by a class loader of its own.
 *
 * @param name what is wrong, and where such a thing has happened or is warned of
 * @param file below {@code io/quorate}
 * @param before must be there exactly once
 */
record PlantedBug(String name, String file, String before, String after) {
  private static final Path SOURCES = Path.of("src/main/java/io/quorate");

  /** The product with the mistake in it, and the tests as they are. */
  ClassLoader plant() {
    String source;
    try {
      source = Files.readString(SOURCES.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int at = source.indexOf(before);
    if (at < 0 || source.indexOf(before, at + 1) >= 0) {
      throw new IllegalStateException(
          name + ": not there exactly once in " + file + ": " + before + "; plant it anew");
    }
    return new Loader(
        compile(source.substring(0, at) + after + source.substring(at + before.length())));
  }

  private Map<String, byte[]> compile(String source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    try (StandardJavaFileManager standard = compiler.getStandardFileManager(problems, null, null)) {
      InMemory files = new InMemory(standard);
      boolean compiled =
          compiler
              .getTask(
                  null,
                  files,
                  problems,
                  List.of("-proc:none", "-nowarn", "-classpath", classPath),
                  null,
                  List.of(new Source(file, source)))
              .call();
      if (!compiled) {
        throw new IllegalStateException(name + ": " + problems.getDiagnostics());
      }
      return files.classes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String file, String text) {
      super(URI.create("memory:///io/quorate/" + file), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    InMemory(JavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location,
        String className,
        JavaFileObject.Kind kind,
        @Nullable FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("memory:///" + className), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          written.put(className, bytes);
          return bytes;
        }
      };
    }

    Map<String, byte[]> classes() {
      Map<String, byte[]> classes = new HashMap<>();
      written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
      return classes;
    }
  }

  /** Loads everything anew, but for what the platform has. */
  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> changed;

    Loader(Map<String, byte[]> changed) {
      super(ClassLoader.getPlatformClassLoader());
      this.changed = changed;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      byte[] bytes = changed.get(name);
      try (InputStream in =
          PlantedBug.class
              .getClassLoader()
              .getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (bytes == null && in != null) {
          bytes = in.readAllBytes();
        }
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
      if (bytes == null) {
        throw new ClassNotFoundException(name);
      }
      return defineClass(name, bytes, 0, bytes.length);
    }
  }
}
