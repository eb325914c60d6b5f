# ruby simple_captcha2 (Rails plugin): its own image code (image.rb) run without Rails through a few shims; all settings default; JPEG
require 'tmpdir'; require 'fileutils'
n, out, src = ARGV[0].to_i, ARGV[1], ARGV[2]
class Module; def mattr_accessor(*a); a.each{|s| singleton_class.class_eval{ define_method(s){class_variable_get("@@#{s}")}; define_method("#{s}="){|v| class_variable_set("@@#{s}",v)} } }; end; end
class Object; def blank?; respond_to?(:empty?) ? empty? : !self; end; end
module Rails; def self.env; Struct.new(:x){def test?; false; end}.new; end; end
stub=Dir.mktmpdir; FileUtils.mkdir_p("#{stub}/simple_captcha"); File.write("#{stub}/simple_captcha/engine.rb",'')
$:.unshift src; $:.unshift stub
require 'simple_captcha'
module SimpleCaptcha; SimpleCaptchaData=Class.new; class SimpleCaptchaData; def self.get_data(k); Struct.new(:value).new(k); end; end; end
class G; include SimpleCaptcha::ImageHelpers; def go(t); generate_simple_captcha_image(t); end; end
class V; include SimpleCaptcha::ViewHelper; def t; generate_simple_captcha_data(nil); end; end
FileUtils.mkdir_p out; seen={}; k=0
while k<n
  t=V.new.t; next if seen[t]; seen[t]=true
  File.binwrite("#{out}/#{t}.#{k}.jpg", G.new.go(t)); k+=1
end
