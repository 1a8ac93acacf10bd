//! What `cargo xtask` says about itself.

/// One command per paragraph, each with an example.
pub const TEXT: &str = "\
The project's own commands:

  cargo xtask up [--port N] [--fresh] [--data DIR] [--no-apps]
      Build the program and the web apps, start a server with a loaded shop, two tills and a checklist, and print where the apps
      are and a walk-through. Ctrl-C stops it. --fresh begins with empty data. --data names another folder than target/demo.
      --no-apps leaves the web apps out, and needs no Node and no compiler for browsers.
      Example: cargo xtask up --port 4200

  cargo xtask up --check
      The same in a folder of its own, then run each command of the walk-through and compare.
      Example: cargo xtask up --check

  cargo xtask test [--only PHASE]
      Every check there is: format, tree, lint, build, cargo, walk-through, api, sqlcipher, web, world, torture, mutants.
      Example: cargo xtask test --only tree

  cargo xtask bench [NAME]
      The measurements, all or those whose name contains NAME.
      Example: cargo xtask bench flush

  cargo xtask bench web
      What the device costs in a browser: the size of what is fetched, which has a ceiling, the second open, acts, what arrives and how
      long a reader waits meanwhile. In Chromium with the real server.
      Example: cargo xtask bench web

  cargo xtask bench site
      What Site is promised to do in time, beside its limits: a floor of 5,000 assets opens and is dragged, a teammate sees a change,
      and what waited for a network is there. In Chromium with the real server.
      Example: cargo xtask bench site

  cargo xtask bench against COMMIT [--pairs N]
      The same work by the program of this tree and by that of a commit, built below target/against, in alternating pairs (10
      where nothing is said): 1,500 acts, and a flush of 20,000. Ends with 1 where this tree is slower by more than a tenth.
      Example: cargo xtask bench against HEAD~1 --pairs 3

  cargo xtask bench --peers [NAME…] [--runs N] [--quick]
      The same work by Fieldbook and by other sync engines (pouchdb, rxdb, powersync, triplit, zero, tinybase), in one
      sitting between two measurements of the machine's limits, as one table. What is missing comes from npm; --quick
      only shows that all of it works. docs/guide/performance.md tells what is measured.
      Example: cargo xtask bench --peers rxdb --runs 1

  cargo xtask sim [--long] [--seeds N] [--seed N [--history FILE | --shrink [--defect NAME]]] [--night [--minutes M]]
      Play random worlds, or with --long those of long days, in which much more is done. --seed N plays one again and tells its story, or writes what it read and wrote to FILE;
      --shrink makes one that fails smaller, also without a rule, and prints what is left as a test; --night goes on for hours, from where the ledger
      (docs/guide/ledger.md) ends, and writes into it what was played.
      Example: cargo xtask sim --seed 1402

  cargo xtask torture [--family NAME] [--runs N] [--seed N] [--jobs N]
      Real processes on real files, and real faults: N runs of each family, four at a time. The families are
      disconnect, stop, kill, pause, partition and disk-full. What went wrong leaves its journal in target/torture.
      Example: cargo xtask torture --family kill --runs 20

  cargo xtask kill-rate [--seeds N] [--only NAME] [--area AREA] [--jobs N] [--write]
      Take each rule out in turn, and play seeds from 1 until one notices. --write puts the table into the guide.
      Example: cargo xtask kill-rate --area undo

  cargo xtask disk [--script NAME] [--kind KIND] [--point N] [--share N] [--jobs N]
      Play scripts of devices and servers on a disk that loses power, fails and fills up: at every point, or at most
      N of each script and kind. With a script, a kind and a point one case again.
      Example: cargo xtask disk --script undo --kind torn --point 12

  cargo xtask fuzz [--target NAME] [--minutes M] [--list]
      Play the fuzz targets of all decoders, or one, each for M minutes (1 where nothing is said). What failed is told with the
      BOLERO_RANDOM_SEED that plays it again.
      Example: cargo xtask fuzz --target push_bodies --minutes 10

  cargo xtask mutants [--file PATH]... [--survivors] [--shard K/N] [--in-diff REF] [--write]
      Change the code in one place after the other, and see that some test fails. Without --file the crates merge, device-sync
      and server-sync. --survivors tries only what nobody noticed the last time. --write puts the table into the guide.
      cargo-mutants is installed into target/tools where it is missing.
      Example: cargo xtask mutants --file crates/merge/src/weight.rs

  cargo xtask audit
      Ask whether anything is known against a library that Fieldbook stands on (deny.toml). It needs the network, unlike
      licences, bans and places, which every test run checks.
      Example: cargo xtask audit

  cargo xtask pack
      Build the device for browsers, and make tarballs of the packages below target/packages: what `npm install FILE.tgz` takes.
      Example: cargo xtask pack

  cargo xtask web
      Build the device for browsers: the engine and the TypeScript around it, into packages/client/dist.
      --torture     also cut its opening off by a reload, a thousand times at twenty moments
      Example: cargo xtask web

  cargo xtask apps
      Build the web apps into target/web/apps, from where `fieldbook serve --apps target/web/apps` hands them out.
      Example: cargo xtask apps

  cargo xtask dist
      Build the web apps, and the program with them in it, into target/dist/fieldbook: what an operator copies to a server.
      Example: cargo xtask dist

  cargo xtask screenshots
      Take pictures of every screen in Chromium, on a phone's width and on a desk's, light and dark, into target/web/screenshots.
      Example: cargo xtask screenshots

  cargo xtask site-pictures
      Take the pictures of docs/guide/site.md anew, in Chromium, of the demo's estates.
      Example: cargo xtask site-pictures

  cargo xtask plans
      Draw the plans of the demo estates anew, and make their pictures in Chromium as Site makes those that are uploaded.
      Example: cargo xtask plans

  cargo xtask pictures
      Draw the pictures of docs/guide anew.
      Example: cargo xtask pictures";
