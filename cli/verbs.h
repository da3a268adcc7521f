// One function a verb: adds it with its options to `app` and sets the session's action when the command line chooses
// it. The session outlives the app's parsing and the action.
#pragma once

#include "cli/session.h"

namespace affidavit::cli {

void AddMigrate(CLI::App& app, Session& session);
void AddKeygen(CLI::App& app, Session& session);
void AddStatus(CLI::App& app, Session& session);
void AddGet(CLI::App& app, Session& session);
void AddList(CLI::App& app, Session& session);
void AddQuarantine(CLI::App& app, Session& session);
void AddCustody(CLI::App& app, Session& session);
void AddSchema(CLI::App& app, Session& session);
void AddProve(CLI::App& app, Session& session);
void AddRetention(CLI::App& app, Session& session);
void AddDispose(CLI::App& retention, Session& session);  // of `retention`
void AddHold(CLI::App& app, Session& session);
void AddAdapter(CLI::App& app, Session& session);
void AddExportLog(CLI::App& app, Session& session);
void AddFsck(CLI::App& app, Session& session);
void AddDoctor(CLI::App& app, Session& session);
void AddReindex(CLI::App& app, Session& session);
void AddRestore(CLI::App& app, Session& session);
void AddRecover(CLI::App& app, Session& session);
void AddSiem(CLI::App& app, Session& session);
void AddSimulate(CLI::App& app, Session& session);

}  // namespace affidavit::cli
