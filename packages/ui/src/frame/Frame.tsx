// What stands around every screen: the app and the workspace, the status, undo, the way to the shared screens.

import type { Identity } from '@fieldbook/client';
import { useStatus } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { Link, Redirect, Route, Switch, useRoute } from 'wouter';
import { Conflicts } from '../conflicts/Conflicts.js';
import { ThisDevice } from '../device/ThisDevice.js';
import { History } from '../history/History.js';
import { Log } from '../log/Log.js';
import { News } from '../news/News.js';
import { useNews } from '../news/NewsProvider.js';
import { Notices, type Update } from '../notices/Notices.js';
import { Icon, type IconName } from '../parts/icons.js';
import { administers, People } from '../people/People.js';
import { Ready } from '../ready/Ready.js';
import { SignIn } from '../sign-in/SignIn.js';
import { StatusPill } from '../status/StatusPill.js';
import { useWords } from '../words/index.js';
import { Workspaces } from '../workspaces/Workspaces.js';
import { Guard } from './Guard.js';
import { Undo } from './Undo.js';

/** A screen of the app. */
export interface Screen {
  /** Where it is, such as `/` or `/floor/:id`. */
  path: string;
  /** Its name in the app's words, and its sign, where it stands in the navigation. */
  nav?: { words: string; icon: IconName; href?: string };
  show: (params: { [name: string]: string | undefined }) => ReactNode;
}

interface FrameProps {
  title: ReactNode;
  identity: Identity;
  screens: Screen[];
  update: Update | undefined;
  version: string | undefined;
}

export function Frame({ title, identity, screens, update, version }: FrameProps): ReactNode {
  const { say } = useWords();
  return (
    <div className="fb-frame">
      <a className="fb-skip" href="#content">
        {say('app.skip')}
      </a>
      <header className="fb-head">
        <div className="fb-head-title">
          {title}
          <Link className="fb-workspace" href="/workspaces" aria-label={say('workspaces.here', { workspace: identity.workspace })}>
            {identity.workspace}
          </Link>
        </div>
        <div className="fb-head-tools">
          <Undo />
          <StatusPill />
        </div>
      </header>
      <Navigation screens={screens} role={identity.role} />
      <Notices update={update} me={identity.user_id} />
      <main id="content" tabIndex={-1}>
        <Guard>
          <Switch>
            {screens.map(({ path, show }) => (
              <Route key={path} path={path}>
                {(params: { [name: string]: string | undefined }) => show(params)}
              </Route>
            ))}
            <Route path="/conflicts/:id?">
              <Conflicts workspace={identity.workspace} />
            </Route>
            <Route path="/log">
              <Log workspace={identity.workspace} />
            </Route>
            <Route path="/news">
              <News identity={identity} />
            </Route>
            <Route path="/history/:type/:id">{({ type, id }) => <History type={type} id={id} />}</Route>
            <Route path="/people">
              <People />
            </Route>
            <Route path="/ready">
              <Ready />
            </Route>
            <Route path="/workspaces">
              <Workspaces identity={identity} />
            </Route>
            <Route path="/device">
              <ThisDevice identity={identity} version={version} />
            </Route>
            <Route path="/sign-in">
              <SignInAgain />
            </Route>
            <Route>
              <Redirect to="/" />
            </Route>
          </Switch>
        </Guard>
      </main>
    </div>
  );
}

function SignInAgain(): ReactNode {
  return (
    <section className="fb-screen">
      <div className="fb-card">
        <SignIn done={() => history.back()} />
      </div>
    </section>
  );
}

function Navigation({ screens, role }: { screens: Screen[]; role: string }): ReactNode {
  const { say } = useWords();
  const status = useStatus();
  const unread = useNews().digests.filter(({ isRead }) => !isRead).length;
  const own = screens.flatMap(({ path, nav }) => (nav ? [{ path, href: nav.href ?? path, words: say(nav.words), icon: nav.icon, count: 0 }] : []));
  const shared = [
    { path: '/conflicts/:id?', href: '/conflicts', words: say('nav.conflicts'), icon: 'split' as const, count: status?.conflicts ?? 0 },
    { path: '/news', href: '/news', words: say('nav.news'), icon: 'news' as const, count: unread },
    { path: '/log', href: '/log', words: say('nav.log'), icon: 'history' as const, count: status?.rejected ?? 0 },
    ...(administers(role) ? [{ path: '/people', href: '/people', words: say('nav.people'), icon: 'people' as const, count: 0 }] : []),
    { path: '/device', href: '/device', words: say('nav.device'), icon: 'device' as const, count: 0 },
  ];
  return (
    <nav className="fb-nav" aria-label={say('nav.main')}>
      {[...own, ...shared].map((item) => (
        <NavLink key={item.href} {...item} />
      ))}
    </nav>
  );
}

function NavLink({ path, href, words, icon, count }: { path: string; href: string; words: string; icon: IconName; count: number }): ReactNode {
  const [isHere] = useRoute(path);
  return (
    <Link href={href} aria-current={isHere ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{words}</span>
      {count > 0 && <span className="fb-count">{count}</span>}
    </Link>
  );
}
