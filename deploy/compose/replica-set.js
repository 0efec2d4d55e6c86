/* global connect */
// Runs in mongosh whenever compose comes up; what is there already stays as it is.

const { MONGO_ROOT_PASSWORD, MONGO_PASSWORD } = process.env;
const members = ['mongo1:27017', 'mongo2:27017', 'mongo3:27017'];
const root = `mongodb://root:${encodeURIComponent(MONGO_ROOT_PASSWORD)}@`;

/** Begins the replica set on the first member, unless it was begun. */
function beginReplicaSet() {
  const first = connect(`${root}${members[0]}/admin?directConnection=true`);
  try {
    first.adminCommand({ replSetGetStatus: 1 });
  } catch (error) {
    if (error.codeName !== 'NotYetInitialized') throw error;
    const list = members.map((host, _id) => ({ _id, host }));
    first.adminCommand({ replSetInitiate: { _id: 'rs0', members: list } });
  }
}

/** Makes the user of the servers, or gives it the password that it should have now. */
function makeUser() {
  const uri = `${root}${members.join(',')}/pollwatch?authSource=admin&replicaSet=rs0&serverSelectionTimeoutMS=60000`;
  const database = connect(uri);
  const roles = [{ role: 'readWrite', db: 'pollwatch' }];
  if (database.getUser('pollwatch') === null) {
    database.createUser({ user: 'pollwatch', pwd: MONGO_PASSWORD, roles });
  } else {
    database.updateUser('pollwatch', { pwd: MONGO_PASSWORD, roles });
  }
}

beginReplicaSet();
makeUser();
