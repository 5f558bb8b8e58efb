{%- macro marker(name, colour, outline, size_mm) %}
      <symbol type="marker" name="{{ name }}" alpha="1" clip_to_extent="1">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option name="name" type="QString" value="circle"/>
            <Option name="color" type="QString" value="{{ colour }}"/>
            <Option name="outline_color" type="QString" value="{{ outline }}"/>
            <Option name="outline_width" type="QString" value="0.3"/>
            <Option name="outline_width_unit" type="QString" value="MM"/>
            <Option name="size" type="QString" value="{{ size_mm }}"/>
            <Option name="size_unit" type="QString" value="MM"/>
          </Option>
        </layer>
      </symbol>
{%- endmacro -%}
<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="samples">
      <rule key="deposit" symbol="0" filter="&quot;repeat&quot; = 1 AND &quot;role&quot; = 'deposit'" label="deposit, first repeat"/>
      <rule key="negative" symbol="1" filter="&quot;repeat&quot; = 1 AND &quot;role&quot; = 'negative'" label="verified barren, first repeat"/>
      <rule key="unlabelled" symbol="2" filter="&quot;repeat&quot; = 1 AND &quot;role&quot; = 'unlabelled'" label="unlabelled, first repeat"/>
    </rules>
    <symbols>
      {{- marker("0", colour, "255,255,255,255", "2.6") }}
      {{- marker("1", "255,255,255,255", "60,60,60,255", "2.2") }}
      {{- marker("2", "140,146,152,255", "255,255,255,0", "1.2") }}
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
</qgis>
