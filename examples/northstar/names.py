"""Names of the demo company's people and customers. Data only; order matters, because the generator draws by position."""

from __future__ import annotations

__all__ = ["CUSTOMER_SUFFIXES", "CUSTOMER_WORDS", "EXTRA_FAMILY", "EXTRA_GIVEN", "REPS"]

# (name as shown, other name, mailbox, language). Two Annas, two Kevins, a Wei Zhang and a Wei Chen: first names are
# ambiguous on purpose, full names never are.
REPS: tuple[tuple[str, str, str, str], ...] = (
    ("Wei Zhang", "张伟", "wei.zhang", "zh"),
    ("Anna Li", "李安娜", "anna.li", "en"),
    ("李娜", "Li Na", "na.li", "zh"),
    ("Kevin Wang", "王凯文", "kevin.wang", "en"),
    ("James Carter", "", "james.carter", "en"),
    ("陈静", "Chen Jing", "jing.chen", "zh"),
    ("Wei Chen", "陈巍", "wei.chen", "zh"),
    ("Sophie Martin", "", "sophie.martin", "en"),
    ("刘洋", "Liu Yang", "yang.liu", "zh"),
    ("Anna Brown", "", "anna.brown", "en"),
    ("赵磊", "Zhao Lei", "lei.zhao", "zh"),
    ("Emily Sun", "孙艾米", "emily.sun", "en"),
    ("黄婷", "Huang Ting", "ting.huang", "zh"),
    ("Daniel Wu", "吴丹", "daniel.wu", "en"),
    ("周杰", "Zhou Jie", "jie.zhou", "zh"),
    ("Grace Xu", "徐慧", "grace.xu", "en"),
    ("Kevin Murphy", "", "kevin.murphy", "en"),
    ("吴敏", "Wu Min", "min.wu", "zh"),
    ("Tom Becker", "", "tom.becker", "en"),
    ("郑浩", "Zheng Hao", "hao.zheng", "zh"),
    ("Lucy Ma", "马露", "lucy.ma", "en"),
    ("孙丽", "Sun Li", "li.sun", "zh"),
    ("Peter Zhu", "朱鹏", "peter.zhu", "zh"),
    ("Olivia Grant", "", "olivia.grant", "en"),
    ("胡斌", "Hu Bin", "bin.hu", "zh"),
    ("Jason Lin", "林杰森", "jason.lin", "en"),
    ("郭芳", "Guo Fang", "fang.guo", "zh"),
    ("Victor He", "何伟东", "victor.he", "en"),
    ("高翔", "Gao Xiang", "xiang.gao", "zh"),
    ("Linda Luo", "罗琳", "linda.luo", "en"),
    ("梁超", "Liang Chao", "chao.liang", "zh"),
    ("Rachel Adams", "", "rachel.adams", "en"),
    ("宋佳", "Song Jia", "jia.song", "zh"),
    ("Henry Tang", "唐恒", "henry.tang", "en"),
    ("韩雪", "Han Xue", "xue.han", "zh"),
    ("Mike Feng", "冯迈", "mike.feng", "en"),
    ("邓辉", "Deng Hui", "hui.deng", "zh"),
    ("Chloe Dubois", "", "chloe.dubois", "en"),
    ("曹阳", "Cao Yang", "yang.cao", "zh"),
    ("Frank Peng", "彭富", "frank.peng", "en"),
    ("曾莉", "Zeng Li", "li.zeng", "zh"),
    ("Ivy Xiao", "肖艺", "ivy.xiao", "en"),
    ("田野", "Tian Ye", "ye.tian", "zh"),
    ("Oscar Nilsson", "", "oscar.nilsson", "en"),
    ("董洁", "Dong Jie", "jie.dong", "zh"),
    ("Ryan Pan", "潘锐", "ryan.pan", "en"),
    ("袁航", "Yuan Hang", "hang.yuan", "zh"),
    ("Maria Lopez", "", "maria.lopez", "en"),
    ("蒋雯", "Jiang Wen", "wen.jiang", "zh"),
    ("Simon Cai", "蔡思明", "simon.cai", "en"),
    ("余飞", "Yu Fei", "fei.yu", "zh"),
    ("Nina Du", "杜妮", "nina.du", "en"),
    ("叶青", "Ye Qing", "qing.ye", "zh"),
    ("Leo Cheng", "程立", "leo.cheng", "en"),
    ("苏梅", "Su Mei", "mei.su", "zh"),
    ("Ethan Walker", "", "ethan.walker", "en"),
    ("魏强", "Wei Qiang", "qiang.wei", "zh"),
    ("Fiona Lu", "卢菲", "fiona.lu", "en"),
    ("丁宁", "Ding Ning", "ning.ding", "zh"),
    ("George Shen", "沈国伟", "george.shen", "en"),
)

# More people than that are made from these (benchmarks with thousands of reps).
EXTRA_GIVEN = (
    "Alan", "Beth", "Carl", "Dora", "Elena", "Felix", "Gina", "Hugo", "Irene", "Jack", "Karen", "Louis", "Megan", "Noah", "Opal",
    "Paul", "Quinn", "Rosa", "Sean", "Tina", "Uma", "Vera", "Walter", "Xenia", "Yuri", "Zoe",
)
EXTRA_FAMILY = (
    "Abbott", "Bauer", "Cole", "Dietz", "Evans", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Keller", "Lang", "Meyer", "Novak",
    "Olsen", "Petrov", "Quist", "Rossi", "Silva", "Thomas", "Ueda", "Vogel", "Weber", "Xiong", "Young", "Ziegler",
)

# (romanised, characters) first parts of customer names.
CUSTOMER_WORDS: tuple[tuple[str, str], ...] = (
    ("Hengli", "恒力"), ("Huaxin", "华信"), ("Tianyuan", "天元"), ("Jinhai", "金海"), ("Ruifeng", "瑞丰"), ("Dongsheng", "东升"),
    ("Anda", "安达"), ("Boyuan", "博远"), ("Chuangwei", "创维达"), ("Deyuan", "德源"), ("Fulong", "福隆"), ("Guanghui", "光辉"),
    ("Haotian", "昊天"), ("Jiahe", "嘉禾"), ("Kaixuan", "凯旋"), ("Lianfa", "联发"), ("Mingyang", "明阳"), ("Ningbang", "宁邦"),
    ("Pengcheng", "鹏程"), ("Qihang", "启航"), ("Rongsheng", "荣盛"), ("Shunda", "顺达"), ("Taihe", "泰和"), ("Wanjia", "万佳"),
    ("Xinyuan", "鑫源"), ("Yihua", "益华"), ("Zhongke", "中科瑞"), ("Baoli", "宝利"), ("Changqing", "长青"), ("Dali", "大立"),
    ("Feiyu", "飞宇"), ("Guotai", "国泰兴"), ("Hongtu", "宏图"), ("Juneng", "聚能"), ("Kangda", "康达"), ("Liyuan", "利源"),
    ("Meilin", "美林"), ("Nanfeng", "南丰"), ("Puhui", "普惠"), ("Quanxin", "全鑫"), ("Senyuan", "森源"), ("Tongda", "通达"),
    ("Weiye", "伟业"), ("Xiangyun", "祥云"), ("Yongxing", "永兴"), ("Zhengda", "正大"), ("Aoxiang", "翱翔"), ("Beichen", "北辰"),
    ("Chengxin", "诚信达"), ("Dingsheng", "鼎盛"), ("Fengye", "丰业"), ("Gaofeng", "高峰"), ("Huarui", "华瑞"), ("Jiulong", "九龙"),
    ("Keda", "科达"), ("Longteng", "龙腾"), ("Mairui", "迈瑞达"), ("Ouya", "欧亚"), ("Qiming", "启明"), ("Shengshi", "盛世"),
)  # fmt: skip
CUSTOMER_SUFFIXES: tuple[tuple[str, str], ...] = (
    ("Group", "集团"), ("Holdings", "控股"), ("Industrial", "实业"), ("Precision", "精工"), ("Systems", "系统"), ("Works", "制造"),
    ("Trading", "贸易"), ("Materials", "新材"), ("Instruments", "仪表"), ("Engineering", "工程"), ("Devices", "器件"),
    ("Components", "零部件"), ("Automation", "自动化"), ("Innovations", "创新"), ("International", "国际"), ("Equipment", "装备"),
    ("Controls", "控制"), ("Dynamics", "动力"), ("Partners", "合伙"), ("Ventures", "创业"), ("Brothers", "兄弟"), ("Union", "联合"),
    ("Global", "环球"), ("Prime", "首创"), ("Solutions", "方案"), ("Enterprise", "企业"), ("Networks", "网络"), ("Optics", "光学"),
    ("Plastics", "塑业"), ("Steel", "钢业"), ("Paper", "纸业"), ("Glass", "玻璃"), ("Tools", "工具"), ("Motors", "电机"),
    ("Lighting", "照明"), ("Packaging", "包装"), ("Printing", "印务"), ("Ceramics", "陶瓷"), ("Cables", "电缆"), ("Pumps", "泵业"),
    ("Valves", "阀门"), ("Bearings", "轴承"), ("Castings", "铸造"), ("Foods", "食业"), ("Agri", "农业"), ("Marine", "海工"),
    ("Rail", "轨道"), ("Aero", "航空"),
)  # fmt: skip
