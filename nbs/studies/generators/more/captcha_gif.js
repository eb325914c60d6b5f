// captcha.gif 1.0.11 (JavaScript port of brokestream captcha.c), all defaults; GIF
const fs=require('fs'); const {Captcha}=require('captcha.gif');
const [n,out]=[+process.argv[2],process.argv[3]]; fs.mkdirSync(out,{recursive:true}); const seen=new Set(); let k=0;
while(k<n){const {token,buffer}=new Captcha().generate(); if(seen.has(token)) continue; seen.add(token); fs.writeFileSync(`${out}/${token}.${k++}.gif`,buffer);}
