{%- macro outline(name, width_mm) %}
      <symbol type="fill" name="{{ name }}" alpha="1" clip_to_extent="1">
        <layer class="SimpleFill" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option name="style" type="QString" value="no"/>
            <Option name="outline_color" type="QString" value="30,30,30,255"/>
            <Option name="outline_style" type="QString" value="solid"/>
            <Option name="outline_width" type="QString" value="{{ width_mm }}"/>
            <Option name="outline_width_unit" type="QString" value="MM"/>
          </Option>
        </layer>
      </symbol>
{%- endmacro -%}
<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" styleCategories="Symbology|Labeling" labelsEnabled="1">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="targets">
      <rule key="best" symbol="0" filter="&quot;rank&quot; &lt;= 10" label="targets 1 to 10"/>
      <rule key="others" symbol="1" filter="ELSE" label="other targets"/>
    </rules>
    <symbols>
      {{- outline("0", "0.7") }}
      {{- outline("1", "0.35") }}
    </symbols>
  </renderer-v2>
  <labeling type="simple">
    <settings calloutType="simple">
      <text-style fieldName="rank" isExpression="0" fontSize="9" fontSizeUnit="Point" fontWeight="75" textColor="20,20,20,255" textOpacity="1">
        <text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="0.85"/>
      </text-style>
      <placement placement="0" priority="8" dist="1" distUnits="MM"/>
      <rendering drawLabels="1" obstacle="0"/>
    </settings>
  </labeling>
  <blendMode>0</blendMode>
</qgis>
