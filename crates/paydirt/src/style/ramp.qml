<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="{{ alpha_band }}" nodataColor="" classificationMin="{{ least }}" classificationMax="{{ greatest }}">
      <rasterTransparency/>
      <rastershader>
        <colorrampshader colorRampType="{{ kind }}" classificationMode="1" clip="0" minimumValue="{{ least }}" maximumValue="{{ greatest }}">
{%- for item in items %}
          <item alpha="255" value="{{ item.value }}" label="{{ item.label }}" color="{{ item.colour }}"/>
{%- endfor %}
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
