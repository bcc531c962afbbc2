/** What names mean, in tests of where requests may go. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  'localhost': ['127.0.0.1', '::1'], 'localhost.': ['127.0.0.1'], '127.0.0.1.nip.io': ['127.0.0.1'], 'metadata.google.internal': ['169.254.169.254'],
  'good.example': ['198.41.0.4', '2606:4700::1111'], 'half.example': ['198.41.0.4', '10.0.0.1'], 'n8n': ['172.18.0.3'], 'xn--bcher-kva.example': ['192.168.0.1'],
};

/** Where nobody but the owner of the configuration may have anything sent, in all the ways to write it. */
export const OUT_OF_REACH: readonly string[] = [
  'http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/', 'http://0x7f.1/', 'http://017700000001/', 'http://127.0.0.1.nip.io/',
  'http://localhost/', 'http://localhost./', 'http://LOCALHOST/', 'http://[::1]/', 'http://[::]/', 'http://0.0.0.0/', 'http://0/', 'http://[::ffff:127.0.0.1]/',
  'http://[0:0:0:0:0:ffff:7f00:1]/', 'http://[::127.0.0.1]/', 'http://[64:ff9b::7f00:1]/', 'http://[64:ff9b:1::7f00:1]/', 'http://[2002:7f00:1::]/', 'http://[2001:0:7f00:1::]/',
  'http://[fe80::1%25eth0]/', 'http://[fe80::1]/', 'http://[fec0::1]/', 'http://[fd00::1]/', 'http://[ff02::1]/', 'http://[100::1]/', 'http://[2001:db8::1]/', 'http://169.254.169.254/',
  'http://metadata.google.internal/', 'http://100.64.0.1/', 'http://100.127.255.255/', 'http://10.0.0.1/', 'http://172.16.0.1/', 'http://172.31.255.255/', 'http://192.168.0.1/',
  'http://198.18.0.1/', 'http://198.19.255.255/', 'http://192.0.0.8/', 'http://192.0.2.1/', 'http://240.0.0.1/', 'http://255.255.255.255/', 'http://224.0.0.1/',
  'http://half.example/', 'http://bücher.example/', 'http://n8n:5678/',
  'http://user:pass@good.example/', 'http://user@good.example/', 'http://good.example@127.0.0.1/', 'http:\\\\127.0.0.1', 'http://127.0.0\t.1/', 'http://127.0.0\n.1/', 'http://127.0.0.1%00/',
  'http://１２７.0.0.1/', 'http://①②⑦.0.0.1/', 'http://127。0。0。1/', 'http://good.example%2f@127.0.0.1/', 'http:127.0.0.1', 'file:///etc/passwd', 'gopher://127.0.0.1/',
];
