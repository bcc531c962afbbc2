# 001_a00a76f36b560df4.txt:960-961, as printed
npx wscat -c ws://localhost:18789?token=your-token
> {"type":"chat","id":"t1","payload":{"text":"ping"}}
