import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import org.h2.mvstore.MVStore;

/** Keeps documents in an H2 store, in memory or in a file; a write to a file is there before it is answered. */
final class OrderedBackend extends H2Backend {
    private final Object writing = new Object();

    private OrderedBackend(MVStore store) {
        super(store);
    }

    static OrderedBackend openMemory() {
        return new OrderedBackend(new MVStore.Builder().open());
    }

    static OrderedBackend openFile(String file) {
        MVStore store = new MVStore.Builder().fileName(file).cacheSize(1024).autoCommitDisabled().open();
        // What a commit frees may be written over at once: it is the process that gets killed, not the machine.
        store.setRetentionTime(0);
        store.setVersionsToKeep(0);
        return new OrderedBackend(store);
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
        return new OrderedDatabase(name, getMvStore(), getCursorRegistry());
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        if (isInMemory() || !Commands.isWrite(command)) {
            return answer(channel, database, command, query);
        }
        synchronized (writing) {
            Document answer = answer(channel, database, command, query);
            commit();
            return answer;
        }
    }

    private Document answer(Channel channel, String database, String command, Document query) {
        return Commands.answer(command, query, (name, each) -> super.handleCommand(channel, database, name, each));
    }
}
