/** A place where accounts are. */
export interface Platform {
  /** As `account_type` and `platform` have it: lower case. */
  readonly name: string;
  readonly title: string;
  /** The platform or company that decides over its accounts, when it is another name. */
  readonly company?: string;
  readonly hosts: readonly string[];
  /** What stands before the login in a path; '' for a login that is the whole path. */
  readonly paths: readonly string[];
  /** The login may stand before the host: `login.example.org`. */
  readonly hasSubdomains?: boolean;
  /** Paths that look like a login and are none. */
  readonly reserved?: readonly string[];
}

/** Platforms whose addresses of accounts are known. Everything else on the web is a URL. */
export const PLATFORMS: readonly Platform[] = [
  {
    name: 'facebook',
    title: 'Facebook',
    hosts: ['facebook.com', 'fb.com'],
    paths: ['', 'groups/'],
    reserved: [
      'events',
      'groups',
      'marketplace',
      'media',
      'pages',
      'people',
      'permalink.php',
      'photo',
      'photo.php',
      'profile.php',
      'reel',
      'sharer.php',
      'story.php',
      'watch',
    ],
  },
  {
    name: 'instagram',
    title: 'Instagram',
    company: 'facebook',
    hosts: ['instagram.com'],
    paths: [''],
    reserved: ['p', 'reel', 'reels', 'stories', 'tv'],
  },
  {
    name: 'threads',
    title: 'Threads',
    company: 'facebook',
    hosts: ['threads.net', 'threads.com'],
    paths: ['@'],
  },
  { name: 'whatsapp', title: 'WhatsApp', company: 'facebook', hosts: ['whatsapp.com', 'wa.me'], paths: [] },
  { name: 'twitter', title: 'Twitter', hosts: ['twitter.com', 'x.com'], paths: [''], reserved: ['i'] },
  {
    name: 'youtube',
    title: 'YouTube',
    company: 'google',
    hosts: ['youtube.com', 'youtu.be'],
    paths: ['@', 'channel/', 'user/', 'c/'],
  },
  { name: 'tiktok', title: 'TikTok', hosts: ['tiktok.com'], paths: ['@'] },
  {
    name: 'telegram',
    title: 'Telegram',
    hosts: ['t.me', 'telegram.me'],
    paths: ['', 's/'],
    reserved: ['addstickers', 'c', 'joinchat', 's'],
  },
  { name: 'reddit', title: 'Reddit', hosts: ['reddit.com'], paths: ['user/', 'u/', 'r/'] },
  { name: 'medium', title: 'Medium', hosts: ['medium.com'], paths: ['@'], hasSubdomains: true },
  {
    name: 'tumblr',
    title: 'Tumblr',
    hosts: ['tumblr.com'],
    paths: [''],
    hasSubdomains: true,
    reserved: ['tagged'],
  },
  { name: 'quora', title: 'Quora', hosts: ['quora.com'], paths: ['profile/'], hasSubdomains: true },
  { name: 'livejournal', title: 'LiveJournal', hosts: ['livejournal.com'], paths: [], hasSubdomains: true },
  { name: 'substack', title: 'Substack', hosts: ['substack.com'], paths: ['@'], hasSubdomains: true },
  {
    name: 'blogger',
    title: 'Blogger',
    company: 'google',
    hosts: ['blogspot.com'],
    paths: [],
    hasSubdomains: true,
  },
  { name: 'wordpress', title: 'WordPress', hosts: ['wordpress.com'], paths: [], hasSubdomains: true },
  {
    name: 'pinterest',
    title: 'Pinterest',
    hosts: ['pinterest.com'],
    paths: [''],
    reserved: ['pin', 'ideas'],
  },
  { name: 'linkedin', title: 'LinkedIn', hosts: ['linkedin.com'], paths: ['in/', 'company/'] },
  { name: 'snapchat', title: 'Snapchat', hosts: ['snapchat.com'], paths: ['add/'] },
  { name: 'bluesky', title: 'Bluesky', hosts: ['bsky.app'], paths: ['profile/'] },
  { name: 'vk', title: 'VK', hosts: ['vk.com'], paths: [''], reserved: ['feed', 'video', 'wall'] },
  { name: 'ok', title: 'OK.ru', hosts: ['ok.ru'], paths: ['profile/', 'group/'] },
  { name: 'weibo', title: 'Weibo', hosts: ['weibo.com'], paths: ['u/', 'n/'] },
  { name: 'vimeo', title: 'Vimeo', hosts: ['vimeo.com'], paths: [''], reserved: ['channels', 'groups'] },
  { name: 'soundcloud', title: 'SoundCloud', hosts: ['soundcloud.com'], paths: [''], reserved: ['discover'] },
  { name: 'flickr', title: 'Flickr', hosts: ['flickr.com'], paths: ['photos/', 'people/'] },
  {
    name: 'github',
    title: 'GitHub',
    hosts: ['github.com'],
    paths: [''],
    reserved: ['features', 'orgs', 'topics'],
  },
  { name: 'steemit', title: 'Steemit', hosts: ['steemit.com'], paths: ['@'] },
  { name: 'gettr', title: 'Gettr', hosts: ['gettr.com'], paths: ['user/'] },
  { name: 'rumble', title: 'Rumble', hosts: ['rumble.com'], paths: ['c/', 'user/'] },
  { name: '9gag', title: '9GAG', hosts: ['9gag.com'], paths: ['u/'] },
];
