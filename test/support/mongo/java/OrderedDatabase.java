import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.AbstractSynchronizedMongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DatabaseResolver;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.oplog.Oplog;
import io.netty.channel.Channel;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/** A database whose indexes, unique or not, are ordered and in memory; they are built again when a file is opened. */
final class OrderedDatabase extends AbstractSynchronizedMongoDatabase<Long> {
    /** The backend finds its databases again by this prefix. */
    private static final String PREFIX = "databases.";

    private final MVStore store;

    OrderedDatabase(String name, MVStore store, CursorRegistry cursors) {
        super(name, cursors);
        this.store = store;
        initializeNamespacesAndIndexes();
    }

    private String mapName(String collection) {
        return PREFIX + getFullCollectionNamespace(collection);
    }

    @Override
    protected MongoCollection<Long> openOrCreateCollection(String name, CollectionOptions options) {
        MVMap<Long, Document> rows = store.openMap(mapName(name),
            new MVMap.Builder<Long, Document>().valueType(new DocumentType()));
        return new OrderedCollection(this, name, options, rows, cursorRegistry);
    }

    @Override
    protected Index<Long> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
        return new OrderedIndex(name, keys, sparse, true);
    }

    @Override
    protected Index<Long> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
        return new OrderedIndex(name, keys, sparse, false);
    }

    @Override
    public void dropCollection(String name, Oplog oplog) {
        super.dropCollection(name, oplog);
        store.removeMap(mapName(name));
    }

    @Override
    public Document handleCommand(Channel channel, String command, Document query, DatabaseResolver databases, Oplog oplog) {
        if (command.equals("explain")) {
            return explain((Document) query.get(command));
        }
        if (command.equals("listIndexes") && resolveCollection((String) query.get(command), false) == null) {
            throw new MongoServerError(26, "NamespaceNotFound", "ns does not exist: " + getFullCollectionNamespace((String) query.get(command)));
        }
        return super.handleCommand(channel, command, query, databases, oplog);
    }

    private Document explain(Document find) {
        if (!find.containsKey("find")) {
            throw new MongoServerError(59, "CommandNotFound", "Only find can be explained here");
        }
        return ((OrderedCollection) resolveCollection((String) find.get("find"), true)).explain(find);
    }

    @Override
    protected long getStorageSize() {
        return 0;
    }

    @Override
    protected long getFileSize() {
        return 0;
    }
}
