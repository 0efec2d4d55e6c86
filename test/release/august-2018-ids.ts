// The ids of the example of August 2018, sorted by hand into who may see them (release rules, 2 to 4).

/** TLP:CLEAR and AUDIENCE:ALL: all refer only to each other, so everybody gets them. */
export const CLEAR_FOR_ALL = [
  'identity--68e6644c-38dd-47e2-a153-e516518e31c6', // Facebook
  'identity--8503f125-c35b-438d-a1c6-5a743429553e', // Microsoft
  'identity--9bc5bf98-df25-442d-b744-26b69cbb3bc2', // Twitter
  'identity--b5be4c28-76e5-44ca-a496-a015cbac892e', // FireEye
  'identity--2fa96384-ca36-41d1-bc5c-7a5eaba4d654', // DHS
  'identity--40d1b7c2-dfe8-4691-ac7c-8bed73bada10', // FBI
  'identity--4d2e34f6-1700-4649-8953-4274b63272db', // NASS
  'identity--a8a7200a-3ca8-48c6-af35-93d7c313a605', // NASED
  'identity--acd383ce-33ad-4d36-b758-8225b397fee7', // International Republican Institute
  'identity--b7d86e64-061c-4607-a1e5-e8dda4e02633', // Hudson Institute
  'campaign--fd3e36a3-ffee-492c-8c45-86812f75b93e', // Liberty Front Press network
  'intrusion-set--162ed6a3-f178-4ea1-8140-fd1368575b9b', // Suspected Iranian influence cluster
  'intrusion-set--2f23d56d-8582-4dde-8c8d-7b0e80f9645e', // STRONTIUM
  'location--e64022c3-b70c-4550-9fc5-472b6d3b357e', // Iran
  'location--0a092824-d634-4a41-a86a-0b446e6fcfa7', // Russia
  'location--bddf0ebb-cb25-46da-8e9a-c228a46465c0', // United States
  'relationship--7f8b3f3f-acf8-408d-8fdb-e755f0d4febe', // attributed-to
  'relationship--c67cb519-9562-4445-87fc-08f4e5a4099f', // originates-from
  'relationship--f923e959-cd0f-4d84-9a78-a396adf39ece', // originates-from
  'relationship--ee81ac31-86ce-4f80-8247-e86b272a93b1', // targets
  'narrative--32674de7-c866-431f-bfe5-8a8745cbaaa9', // Support for the US-Iran nuclear deal (JCPOA)
  'relationship--79d2dc52-f0b1-4cf6-8eb0-cf427de03316', // uses
  'channel--dac0df38-a6d4-462a-ab1d-f21d36abeb56', // Liberty Front Press
  'channel--a20b0d00-2a96-4691-909b-8ee85f5a2b7b', // Quest 4 Truth
  'relationship--1e8d8052-5457-4a64-bde6-9041af6f219b', // uses
  'relationship--15b6c093-1d8a-457f-9ed6-d3bb463e9862', // uses
  'domain-name--b40e2e24-92bf-5aab-a143-722d22d4db88', // libertyfrontpress.com
  'relationship--a5f5ced1-1105-467e-9673-e96fe7c5bbdb', // related-to
  'incident--975ed94f-7533-4ca5-a1c9-88c782983784', // Facebook/Instagram removal, 31 July 2018
  'incident--662ea6d2-c101-43c9-a840-1abbb2bffc1f', // Facebook removal, 21 Aug 2018: Liberty Front Press
  'incident--ab3fa773-ecbd-49a3-b3f9-e66cf79f1d30', // Facebook removal, 21 Aug 2018: second set
  'incident--d8872d1a-a6f4-41fb-9fe7-c32fbe3f3bde', // Facebook removal, 21 Aug 2018: third set
  'incident--2ff7d52a-6314-43a6-89eb-a9a1c81e4a1e', // Facebook removal, 21 Aug 2018: total
  'incident--b244e4ce-c0e7-43b9-8656-cb0ebbdd4f88', // Twitter suspension, 21 Aug 2018
  'incident--08f8ef22-eca8-4465-90ed-b57b8bfa8e59', // Twitter suspension, 27 Aug 2018
  'incident--51c4d220-4d6d-46e3-b1c3-d52cdc8898c5', // Microsoft DCU seizure of six domains
  'relationship--4dd04fb1-a710-43c3-9b35-f6abe36324b6', // attributed-to
  'relationship--beb1c51c-884f-4f3b-a17b-542d93e4afd4', // attributed-to
  'relationship--ceba52fa-b652-4e62-9077-6704abbad6e1', // attributed-to
  'relationship--f90c79bc-0e17-4960-aa9e-ee7fdc44be5c', // attributed-to
  'relationship--6f3c2283-822b-4668-aa6a-e0e85fdbd8d0', // attributed-to
  'domain-name--1489e484-e346-5493-bded-dd23cd15cd95', // my-iri.org
  'indicator--f5f0ecf9-acab-41a0-90ed-67bda2c8328b', // Spoofed domain my-iri.org
  'relationship--fa84b244-3929-45a1-8b10-51ef5c8c39e9', // indicates
  'observed-data--47e05c10-ec7f-428d-8899-c32f364d7ee1', // observed-data
  'relationship--71ba2f7a-c940-43c6-9a45-4d2fab09ebd1', // based-on
  'relationship--d1ce4404-6cd9-4475-b28e-404845a82805', // related-to
  'domain-name--1ae71d47-a2b1-5f6a-8f82-bf7ff303b975', // hudsonorg-my-sharepoint.com
  'indicator--de30bc06-01c5-4f64-8d70-470b440b20e2', // Spoofed domain hudsonorg-my-sharepoint.com
  'relationship--88cc1275-9971-480b-90b0-36c6fcb1ee9c', // indicates
  'observed-data--bb8e27aa-96c6-425f-b42f-6e0b9f6d934d', // observed-data
  'relationship--54884f58-8d02-44f2-a16e-12ddc6d85b14', // based-on
  'relationship--e146928e-3df3-4eb3-90c6-2eef5e09cbe6', // related-to
  'domain-name--44a7075a-c4fb-5984-86cd-599975513c92', // senate.group
  'indicator--0ae40f23-da11-49cc-9764-d813b8f3301b', // Spoofed domain senate.group
  'relationship--dc007743-7bff-4362-8515-fcedf5d4e832', // indicates
  'observed-data--7ef53456-1bc8-4bc5-8683-b2d8eda88257', // observed-data
  'relationship--793826ff-3887-4e53-af08-78c548bee216', // based-on
  'domain-name--9070bb61-fbf4-5ed5-99f0-1d467f43570f', // adfs-senate.services
  'indicator--f3184ce5-b4c8-44cc-8d36-095c087b9e7f', // Spoofed domain adfs-senate.services
  'relationship--4b179162-7e92-4629-9ef0-d195e2bfba15', // indicates
  'observed-data--44f54886-9a1c-4b7c-ac8f-4e52abb806cc', // observed-data
  'relationship--54f104d7-65c9-4035-92cc-97f8fd2e53a9', // based-on
  'domain-name--1adc3444-24a6-5777-81c0-41a1d3a38b5a', // adfs-senate.email
  'indicator--44600796-c279-478c-83a5-a1938df9a75c', // Spoofed domain adfs-senate.email
  'relationship--7ab8c929-b568-4c9e-9138-8fc70a51b469', // indicates
  'observed-data--f1a60a0e-6f19-4770-ad5e-1901c2628c00', // observed-data
  'relationship--1f782b7c-02f0-4149-9621-76bfa7ef6e61', // based-on
  'domain-name--19ca9700-ae3a-57dd-9b5e-57075619801e', // office365-onedrive.com
  'indicator--5d109c1c-35d6-428c-8ca5-16ec7a363502', // Spoofed domain office365-onedrive.com
  'relationship--33df5885-82bb-47d2-86a5-cbedb48deca2', // indicates
  'observed-data--28674150-895d-4d06-9b92-7d26f5594fbc', // observed-data
  'relationship--65c6f14b-b28b-4635-be33-26f7ae20b082', // based-on
  'report--8ad0ef1c-b789-4b11-9d93-81d427f8e370', // Joint briefing for NASS and NASED, 24 Aug 2018
  'language-content--8bd0d167-7516-4f53-8263-ed8b4d154dde', // language-content
] as const;

/** Built in, and named by what everybody gets: the two markings, who made ours, and the extensions used. */
export const TRAVELS_EVERYWHERE = [
  'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487', // TLP:CLEAR
  'marking-definition--f9d6cc4f-ad17-429f-936e-42863911a82e', // AUDIENCE:ALL
  'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d', // TLP 2.0
  'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2', // marking-audience
  'identity--ecd8f94c-5e12-4422-bf52-113e01686999', // Influence Intelligence Hub
  'extension-definition--ac67ddd4-4012-4655-9f28-fcc32d6936f9', // narrative
  'extension-definition--ccd081db-2daa-44d8-9f54-b25c4a77878e', // channel
  'extension-definition--41f5a6c8-772c-4780-9ba6-12463b2ee484', // incident-takedown
] as const;

/** AMBER for all three audiences without consent to name anybody; an account names nobody. With it its markings and extension. */
export const ACCOUNT = [
  'user-account--c30e1158-3db6-5884-b9c8-4a8d825d9430', // user-account
  'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421', // TLP:AMBER
  'marking-definition--ce28af84-0499-42b3-b6d5-8733f404a1d7', // CONSENT:NONE
  'extension-definition--f031b85e-6afa-46a4-9612-3b6c98be1d80', // user-account-platform
] as const;

/** GREEN for federal and state, with its markings. */
export const ADVICE = [
  'course-of-action--9ef314a7-dfab-4661-99a1-2e757cd59123', // Report spoofed election-office pages to the platform and the hub
  'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb', // TLP:GREEN
  'marking-definition--a07bf453-6f57-4482-888f-d152f307bd80', // AUDIENCE:STATE
] as const;

/** AMBER for all, but name and address are personal data for federal alone: elsewhere it would lose its name. */
export const PERSON = [
  'identity--ae23f565-6f1a-49d9-8952-6a5c2ea5ab6b', // TEST Candidate Person
  'marking-definition--534d91e2-24ba-48f1-9248-bf37b6fb717d', // PII:US-PERSON
] as const;

/** Withheld from everybody: the creator may not be named (consent none), or they refer to what is withheld; TEST Platform A is named by nothing that is shown, nor are the rest. */
export const NOBODY = [
  'identity--79ca4191-ce88-4d09-9088-c9227f8f5f2d', // TEST Platform A
  'indicator--fae15ae4-756e-461a-bca4-ab3adabcc1cc', // Inauthentic page (invented)
  'relationship--be075dcc-4d37-4787-8a88-ffd90cdd0f62', // indicates
  'relationship--968de3a4-0742-4522-bc9e-170dc49c4627', // related-to
  'note--2f5601de-1f64-42c0-8e33-79b69fe8d742', // Source note (federal only)
  'opinion--07fd5059-25d9-4b7a-9a79-5308b44c3130', // opinion
  'sighting--6dd1a135-d353-43a4-a532-8ceb6f58ac3f', // sighting
  'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', // TLP:AMBER+STRICT
  'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1', // TLP:RED
  'marking-definition--df7a55fa-4673-428c-ba6d-071f2b6052f1', // AUDIENCE:FEDERAL
  'marking-definition--1056013b-2b8f-456b-8cd4-bc2d099312be', // AUDIENCE:PRIVATE
  'marking-definition--47df8804-5dcb-4a74-ae6c-a0d32159b253', // CONSENT:EVERYONE
  'marking-definition--bc0bfdea-6777-461b-87d2-26adaca2a9a8', // CONSENT:USG
] as const;
