import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import java.io.IOException;
import java.util.List;

/**
 * The server to test against: {@code MongoMain PORT (memory | FILE)}. Port 0 takes a free one; FILE keeps what was
 * acknowledged, also when the process is killed. Prints {@code listening PORT}. Ends on SIGTERM, and when its standard
 * input ends, so that it never outlives the process that started it.
 */
public final class MongoMain {
    /** What the current driver asks for (wire version 21 is MongoDB 7.0); no sessions are announced. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(7, 0, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 21;
        }
    };

    public static void main(String[] args) throws IOException {
        WireLimit.raise();
        int port = Integer.parseInt(args[0]);
        MongoBackend backend = args[1].equals("memory") ? OrderedBackend.openMemory() : OrderedBackend.openFile(args[1]);
        MongoServer server = new MongoServer(backend.version(VERSION));
        server.bind("127.0.0.1", port);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("listening " + server.getLocalAddress().getPort());
        while (System.in.read() >= 0) {
            // Nothing is said to it; only the end matters.
        }
        System.exit(0);
    }
}
