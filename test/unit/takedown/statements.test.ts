import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAds, readAssets, readReach } from '../../../server/takedown/statements.ts';

describe('stated numbers', () => {
  test('assets have a count, a qualifier and what they are', () => {
    const cases = [
      ['22 accounts', [{ count: 22, qualifier: 'exact', assetType: 'account' }]],
      ['8 Groups ', [{ count: 8, qualifier: 'exact', assetType: 'group' }]],
      ['1 Page', [{ count: 1, qualifier: 'exact', assetType: 'page' }]],
      [
        '7,704 Facebook accounts',
        [{ count: 7704, qualifier: 'exact', assetType: 'account', platform: 'facebook' }],
      ],
      [
        '18 accounts on Instagram.',
        [{ count: 18, qualifier: 'exact', assetType: 'account', platform: 'instagram' }],
      ],
      ['5 X accounts', [{ count: 5, qualifier: 'exact', assetType: 'account', platform: 'twitter' }]],
      ['about 1.2 thousand Pages', [{ count: 1200, qualifier: 'about', assetType: 'page' }]],
      ['More than 20 events', [{ count: 20, qualifier: 'more-than', assetType: 'event' }]],
      ['fewer than 100 ad accounts', [{ count: 100, qualifier: 'fewer-than', assetType: 'ad-account' }]],
      [
        '8 Facebook accounts, 2 Pages, and about 294 Instagram accounts',
        [
          { count: 8, qualifier: 'exact', assetType: 'account', platform: 'facebook' },
          { count: 2, qualifier: 'exact', assetType: 'page' },
          { count: 294, qualifier: 'about', assetType: 'account', platform: 'instagram' },
        ],
      ],
    ] as const;
    for (const [text, wanted] of cases) assert.deepEqual(readAssets(text), wanted, text);
  });

  test('what says more than a number of assets, or less, is not read as one', () => {
    for (const text of [
      '22',
      'accounts',
      '22 fake accounts',
      '22 accounts in Wales',
      'at least 22 accounts',
      '8 Pages and other things',
      '1,23 accounts',
      '99999999999999999999 accounts',
      'Pages with 22 accounts',
      'About 15 accounts followed one or more of these Pages',
    ]) {
      assert.equal(readAssets(text), undefined, text);
    }
  });

  test('reach has a relation to what was followed', () => {
    assert.deepEqual(readReach('About 93,000 accounts followed one or more of these Pages.'), [
      { count: 93_000, qualifier: 'about', assetType: 'page', relation: 'followed' },
    ]);
    assert.deepEqual(
      readReach(
        'More than 15 accounts joined these Groups, and about 41,000 accounts followed one or more of these Instagram accounts',
      ),
      [
        { count: 15, qualifier: 'more-than', assetType: 'group', relation: 'joined' },
        {
          count: 41_000,
          qualifier: 'about',
          assetType: 'account',
          platform: 'instagram',
          relation: 'followed',
        },
      ],
    );
    assert.equal(readReach('About 93,000 accounts saw these Pages'), undefined);
  });

  test('spending on ads has an amount, a currency and what was paid in', () => {
    assert.deepEqual(
      readAds(
        'The network engaged in around $15,000 in spending for ads on Facebook and Instagram, paid for mostly in Hong Kong Dollars, Chinese Yuan, Taiwan New Dollars, likely to appear more legitimate.',
      ),
      { spend: 15_000, currency: 'USD', qualifier: 'about', paidIn: ['HKD', 'CNY', 'TWD'] },
    );
    assert.deepEqual(readAds('€400.50 in spending for ads'), {
      spend: 400.5,
      currency: 'EUR',
      qualifier: 'exact',
      paidIn: [],
    });
    assert.equal(readAds('More than $6,000 spent on ads')?.qualifier, 'more-than');
    for (const text of [
      '$5,000 of donations',
      'There was no ad spend',
      'A$5,000 spent on ads',
      'Spent $5 million on ads',
      'ads',
    ]) {
      assert.equal(readAds(text), undefined, text);
    }
  });

  test('reads long texts in time that grows with their length', () => {
    const started = performance.now();
    for (const text of [
      '1,'.repeat(500_000),
      'and 1 '.repeat(200_000),
      `$${'1'.repeat(1_000_000)} spent on ads`,
      ' '.repeat(1_000_000),
      'paid in '.repeat(200),
    ]) {
      readAssets(text);
      readReach(text);
      readAds(text);
    }
    assert.ok(performance.now() - started < 1000);
  });
});
