// react-simple-captcha 9.3.1: its own loadCaptchaEnginge(6) drawn on @napi-rs/canvas (Skia, as in Chrome) instead of a browser's canvas
const fs=require('fs'),path=require('path'); const {createCanvas,GlobalFonts}=require('@napi-rs/canvas');
const [n,out,fontdir]=[+process.argv[2],process.argv[3],process.argv[4]]; fs.mkdirSync(out,{recursive:true});
for(const s of ['Regular','Italic']) GlobalFonts.registerFromPath(`${fontdir}/LiberationSans-${s}.ttf`,'Arial'); // metric twin of Arial
let src=fs.readFileSync(path.join(process.env.NODE_PATH,'react-simple-captcha/react-simple-captcha.js'),'utf8');
src=src.replace(/^import.*$/gm,'').replace(/export const/g,'const').split('export class')[0];
const mk=new Function('document',src+';return [loadCaptchaEnginge,()=>captcha_value];');
const seen=new Set(); let k=0;
while(k<n){const cv=createCanvas(300,150);
  const [load,val]=mk({getElementById:i=>i==='canv'?cv:{}}); load(6); const t=val();
  if(seen.has(t)) continue; seen.add(t); fs.writeFileSync(`${out}/${t}.${k++}.png`,cv.toBuffer('image/png'));}
